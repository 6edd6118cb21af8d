"""Forgetting events of the status feeds that every replica has long taken.

A replica that starts reads a snapshot and needs none of them; one that was away for longer is told
``FEED_POSITION_GONE`` and takes a snapshot too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.services.common.apart import Apart
from openjpki.storage.ca import feed
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.kernel.transaction import Writer

_log = get_logger("feed")

BATCH = 1000
"""Events dropped in one transaction: who issues at that authority waits until its end."""
_BATCHES = 20
"""In one round and of one authority; more wait for the next."""


def forget_events(ca: CaContext, *, kept: int) -> int:
    """Drop what happened more than ``kept`` seconds ago, of the authorities held here; how many
    events. One that fails keeps no other waiting.

    Raises ``SERVICE_UNAVAILABLE``, ``NOT_THE_OWNER`` when a lease was lost meanwhile.
    """
    before = ca.clock.now() - timedelta(seconds=kept)
    dropped = 0
    apart = Apart(_log, "events not forgotten")
    for authority_id in ca.fence.held():
        with apart.of(authority=str(authority_id)), ca.fence.writing(authority_id) as writer:
            dropped += _forget(ca, writer, authority_id, before)
    apart.end()
    return dropped


def _forget(ca: CaContext, writer: Writer, authority_id: AuthorityId, before: datetime) -> int:
    dropped = 0
    for _ in range(_BATCHES):
        with ca.database.reading() as tx:
            up_to = feed.last_before(tx, authority_id, before, at_most=BATCH)
        if up_to is None:
            break
        last = up_to
        dropped += writer.run(lambda tx: feed.drop_events(tx, authority_id, last))  # noqa: B023
    return dropped
