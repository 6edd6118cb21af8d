"""An officer accepts that the numbers of an issuer's lists count anew (RFC 5280 5.2.3)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.domain.evidence import RenumberedListAccepted
from openjpki.domain.policy import EvidencePolicy
from openjpki.evidence.verification import Presented, require_stated
from openjpki.services.bridge.context import by_the_owner, enter_in_journal
from openjpki.services.bridge.find_partner import require_partner
from openjpki.services.bridge.journal import NUMBERING_ACCEPTED
from openjpki.services.bridge.own_signature import require_own_signature
from openjpki.services.common.officers.known_officers import KnownOfficers
from openjpki.storage.bridge import numberings, pool
from openjpki.storage.bridge.numberings import AcceptedNumbering

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.evidence import OfficerSignature
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction

FIELD = "acceptance"
_POLICY = EvidencePolicy()


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
    ``PARTNER_NOT_FOUND``, and as :func:`openjpki.evidence.verification.require_stated`.
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
        _require_signed(tx, accepted, officer, request_key.request_id, at)
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
        return b""

    bridge.requests.once(bridge.writer, request_key, at, work)


def _require_signed(
    tx: Transaction, accepted: AcceptedNumbering, officer: str, request_id: str, now: datetime
) -> None:
    signature = accepted.evidence
    require_own_signature(signature, officer, request_id, field=FIELD)
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
