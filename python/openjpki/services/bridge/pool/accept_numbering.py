"""An officer accepts that the numbers of an issuer's lists count anew (RFC 5280 5.2.3)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.domain.evidence import RenumberedListAccepted
from openjpki.domain.policy import EvidencePolicy
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.verification import Presented, require_stated
from openjpki.services.bridge.context import by_the_owner, enter_in_journal
from openjpki.services.bridge.find_partner import require_partner
from openjpki.services.bridge.journal import NUMBERING_ACCEPTED
from openjpki.services.bridge.own_signature import require_own_signature
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.officers.known_officers import KnownOfficers
from openjpki.storage.bridge import numberings, pool
from openjpki.storage.bridge.numberings import AcceptedNumbering
from openjpki.storage.kernel.beginning import Turn

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.evidence import OfficerSignature
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction

FIELD = "acceptance"
_POLICY = EvidencePolicy()
_COUNTS_NO_MORE = {
    Reason.OFFICER_NOT_ENROLLED,
    Reason.OFFICER_REVOKED,
    Reason.OFFICER_KEY_NOT_VALID,
    Reason.EVIDENCE_STALE,
    Reason.EVIDENCE_SIGNATURE_INVALID,
}
"""Why what an officer has signed may not count any more; the last, where somebody changed it in the
database."""


@by_the_owner
def accept_numbering(
    bridge: BridgeContext,
    partner_id: str,
    sha256: bytes,
    acceptance: OfficerSignature,
    officer: str,
    request_key: RequestKey,
) -> None:
    """From the list of this SHA-256 on, which the partner hands in, numbers count anew.

    ``officer``: path of who calls. A list that was accepted before stays as it was. Raises
    ``PARTNER_NOT_FOUND``, ``WRONG_STATE`` where that acceptance counts no more, and as
    :func:`openjpki.evidence.verification.require_stated`.
    """
    at = bridge.clock.now()

    def work(tx: Transaction) -> bytes:
        require_partner(tx, partner_id)
        accepted = AcceptedNumbering(
            sha256=sha256,
            partner_id=partner_id,
            replaced=None,
            accepted_at=at,
            evidence=acceptance,
        )
        require_own_signature(acceptance, officer, request_key.request_id, field=FIELD)
        _require_stated(tx, accepted, at)
        pool.changing(tx)
        if numberings.add(tx, accepted):
            enter_in_journal(
                bridge,
                tx,
                act=NUMBERING_ACCEPTED,
                actor=request_key.caller,
                subject=sha256.hex(),
                details={
                    "partner_id": partner_id,
                    "officer": officer,
                    "signature_sha256": hashlib.sha256(acceptance.signature).hexdigest(),
                },
                at=at,
            )
        else:
            _require_standing(tx, accepted, at)
        return b""

    bridge.requests.once(bridge.writer, request_key, at, work, turn=Turn.COUNTS)


def counts_anew(tx: Transaction, sha256: bytes, partner_id: str, now: datetime) -> bool:
    """Whether numbers may count anew from this list of a partner's on: an officer has accepted it,
    whose signature counts still, and it has not been made use of. Asked in turn (``Turn.COUNTS``),
    where the list comes: an officer may have been revoked since."""
    accepted = numberings.unused(tx, sha256, partner_id, left_out=tell_left_out)
    return accepted is not None and _counts(tx, accepted, now)


def _require_standing(tx: Transaction, again: AcceptedNumbering, now: datetime) -> None:
    """What was accepted before is kept as it is, so that a second officer's word changes nothing,
    also where the first one's counts no more."""
    kept = numberings.unused(tx, again.sha256, again.partner_id, left_out=tell_left_out)
    if kept is not None and not _counts(tx, kept, now):
        raise OpenJpkiError(
            Reason.WRONG_STATE,
            "was accepted by an officer whose word counts no more; accept a later list",
            field="sha256",
            state="accepted",
        )


def _counts(tx: Transaction, accepted: AcceptedNumbering, now: datetime) -> bool:
    try:
        _require_stated(tx, accepted, now)
    except OpenJpkiError as error:
        if error.reason not in _COUNTS_NO_MORE:
            raise
        return False
    return True


def _require_stated(tx: Reading, accepted: AcceptedNumbering, now: datetime) -> None:
    signature = accepted.evidence
    presented = Presented(
        statement=RenumberedListAccepted(
            occasion=signature.occasion,
            partner_id=accepted.partner_id,
            list_sha256=accepted.sha256,
        ),
        signature=signature,
        field=FIELD,
    )
    within = _POLICY.cross_approved_within
    register = KnownOfficers(tx, [signature])
    require_stated(register, presented, within=within, policy=_POLICY, now=now)
