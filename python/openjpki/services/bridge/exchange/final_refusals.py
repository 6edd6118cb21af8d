"""The end of an approved cross-certification that is refused for good."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.context import enter_in_journal
from openjpki.services.bridge.journal import CROSS_REFUSED
from openjpki.services.common.final_reasons import CLOCKS_MENDED_WITHIN, FINAL_REASONS
from openjpki.services.common.journal_time import surely_passed
from openjpki.storage.bridge import crosses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.bridge.crosses import CrossRecord
    from openjpki.storage.kernel.transaction import Transaction

FINAL_REFUSALS = FINAL_REASONS | {
    Reason.CROSS_CERTIFICATE_REFUSED,
    Reason.SAME_OFFICER,
    Reason.EVIDENCE_SIGNATURE_INVALID,
    Reason.OFFICER_OUT_OF_SCOPE,
}
"""Refusals over what was approved: they end it. After any other the approval stands and is carried
out later."""


def _is_final(bridge: BridgeContext, reason: Reason, found: CrossRecord) -> bool:
    if reason is Reason.EVIDENCE_STALE:
        approved = [one.approved_at for one in found.approvals]
        with bridge.database.reading() as tx:
            return not approved or surely_passed(
                tx, bridge.clock, max(approved), CLOCKS_MENDED_WITHIN
            )
    return reason in FINAL_REFUSALS


@contextmanager
def final_refusals_end(bridge: BridgeContext, found: CrossRecord) -> Iterator[None]:
    """A refusal inside over what was approved ends the cross-certification, and is raised."""
    try:
        yield
    except OpenJpkiError as refusal:
        if _is_final(bridge, refusal.reason, found):
            reason = refusal.reason.name
            bridge.writer.run(lambda tx: _end(bridge, tx, found, reason))
        raise


def require_not_refused(found: CrossRecord) -> None:
    """Raise the refusal that ended an approved cross-certification, if one did."""
    if found.refusal is not None:
        raise OpenJpkiError(
            Reason[found.refusal], "was refused for good after its approval; propose it anew"
        )


def _end(bridge: BridgeContext, tx: Transaction, found: CrossRecord, reason: str) -> None:
    at = bridge.clock.now()
    if not crosses.refuse(tx, found.cross_certification_id, reason, at):
        return
    enter_in_journal(
        bridge,
        tx,
        act=CROSS_REFUSED,
        actor="bridge",
        subject=found.cross_certification_id,
        details={
            "partner_id": found.partner_id,
            "method": found.direction.value,
            "reason": reason,
        },
        at=at,
    )
