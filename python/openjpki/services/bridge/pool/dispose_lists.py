"""Superseded lists go when their retention period is over, and what was never handed in whole."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from openjpki.domain.retention import RetentionClass
from openjpki.services.bridge.context import enter_in_journal
from openjpki.services.bridge.journal import LISTS_DISPOSED
from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.bridge import (
    authority_lists,
    pool,
    pool_lists,
    service_bridge,
    taken_out_lists,
    uploads,
)
from openjpki.storage.kernel import journal_time

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.kernel.transaction import Transaction

_AT_ONCE: Final = 100
"""Lists of one transaction."""
_UPLOADS_KEPT: Final = timedelta(days=1)


def dispose_lists(bridge: BridgeContext) -> None:
    """What is due now. For the owner. Raises ``SERVICE_UNAVAILABLE``."""
    now = bridge.clock.now()
    with bridge.database.reading() as tx:
        forgotten = uploads.begun_before(tx, now - _UPLOADS_KEPT, left_out=tell_left_out)
    for partner_id, sha256 in forgotten:
        bridge.writer.run(lambda tx: uploads.drop(tx, partner_id, sha256))  # noqa: B023
    with bridge.database.reading() as tx:
        reached = journal_time.reached(tx)
    # Not by the clock: what is disposed of does not come back.
    before = RetentionClass.AUTHORITY_KEYS.over_before(min(now, reached)) if reached else None
    if before is None:
        return
    while True:
        with bridge.database.reading() as tx:
            due = pool_lists.disposable(tx, before, _AT_ONCE)
            own = {
                one.generation
                for one in service_bridge.all_of(tx, left_out=tell_left_out)
                if authority_lists.has_bytes_before(tx, one.generation, before)
            }
        if not due and not own:
            return

        def dispose(tx: Transaction) -> None:
            pool.changing(tx)
            count = sum(pool_lists.remove(tx, sha256) for sha256 in due)  # noqa: B023
            taken_out_lists.drop(tx, before)
            for generation in own:  # noqa: B023
                count += authority_lists.drop_bytes(tx, generation, before)
            enter_in_journal(
                bridge,
                tx,
                act=LISTS_DISPOSED,
                actor="bridge",
                subject="lists",
                details={"count": count},
                at=now,
            )

        bridge.writer.run(dispose)
