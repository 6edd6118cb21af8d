"""Responders' keys that were proposed long ago and nobody approved: nobody knows any more why."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.services.ca.journal import RESPONDER_KEY_WITHDRAWN
from openjpki.services.common.apart import Apart
from openjpki.services.common.two_people import count_lapsed
from openjpki.storage.ca import responder_keys
from openjpki.storage.ca.responder_keys import ResponderKeyState
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.responder_keys import ResponderKey
    from openjpki.storage.kernel.transaction import Transaction

_log = get_logger("responders")

LAPSES_AFTER = timedelta(days=30)
"""From a key's proposal, for as long as nobody approves it."""


def has_lapsed(key: ResponderKey, now: datetime) -> bool:
    """Whether a proposed key is not to be approved any more, entered as withdrawn or not yet."""
    return key.state is ResponderKeyState.PROPOSED and key.proposed_at < now - LAPSES_AFTER


def end_lapsed(ca: CaContext) -> None:
    """Withdraw them, of the authorities held here; one that fails keeps no other waiting.

    Raises ``SERVICE_UNAVAILABLE``, ``NOT_THE_OWNER`` when a lease was lost meanwhile.
    """
    at = ca.clock.now()
    apart = Apart(_log, "proposed keys not ended")
    for authority_id in ca.fence.held():
        with apart.of(authority=str(authority_id)):
            _end_of_authority(ca, authority_id, at)
    apart.end()


def _end_of_authority(ca: CaContext, authority_id: AuthorityId, at: datetime) -> None:
    with ca.database.reading() as tx:
        if not responder_keys.proposed_before(tx, authority_id, at - LAPSES_AFTER):
            return
    with ca.fence.writing(authority_id) as writer:
        ended = writer.run(lambda tx: _end(ca, tx, authority_id, at))
    count_lapsed("responders", ended)


def _end(ca: CaContext, tx: Transaction, authority_id: AuthorityId, at: datetime) -> int:
    ended = 0
    for key in responder_keys.proposed_before(tx, authority_id, at - LAPSES_AFTER):
        if responder_keys.move(tx, key, ResponderKeyState.WITHDRAWN):
            ended += 1
            ca.journal.append(
                tx,
                RESPONDER_KEY_WITHDRAWN,
                stream=str(authority_id),
                actor="ca",
                subject=key.key_sha256.hex(),
                details={"replica": key.replica},
                at=at,
            )
    return ended
