"""An approval, of a cross certificate or of its end, rests on what the officer's own key signed, by
the bridge's register of officers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.evidence import CrossDirection
from openjpki.domain.policy import EvidencePolicy
from openjpki.evidence.cross_statements import (
    cross_certification_approved,
    cross_revocation_approved,
)
from openjpki.evidence.verification import Presented, require_stated
from openjpki.services.common.officers.known_officers import KnownOfficers
from openjpki.storage.bridge.kinds import Direction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki.domain.authority_revocation import CrossRevocationCause
    from openjpki.domain.evidence import (
        CrossCertificationApproved,
        CrossRevocationApproved,
        OfficerSignature,
    )
    from openjpki.domain.evidence.who_may import OfficersStatement
    from openjpki.storage.bridge.crosses import CrossRecord
    from openjpki.storage.kernel.transaction import Reading

FIELD = "approval"
_POLICY = EvidencePolicy()
_DIRECTIONS = {
    Direction.TO_PARTNER: CrossDirection.TO_PARTNER,
    Direction.FROM_PARTNER: CrossDirection.FROM_PARTNER,
}


def require_approved(
    tx: Reading, found: CrossRecord, signatures: Sequence[OfficerSignature], now: datetime
) -> None:
    """Raise unless each of the signatures counts now, over exactly this cross-certification: those
    before the last once more, as their officer may have been revoked meanwhile.

    As :func:`openjpki.evidence.verification.require_stated`.
    """
    _require_stated(tx, [_presented(found, one) for one in signatures], now)


def require_end_approved(
    tx: Reading,
    found: CrossRecord,
    cause: CrossRevocationCause,
    signatures: Sequence[OfficerSignature],
    now: datetime,
) -> None:
    """Raise unless each of the signatures counts now, over exactly this certificate and cause: as
    :func:`require_approved`."""
    _require_stated(tx, [_presented_end(found, cause, one) for one in signatures], now)


def _require_stated(
    tx: Reading, presented: Sequence[Presented[OfficersStatement]], now: datetime
) -> None:
    register = KnownOfficers(tx, [one.signature for one in presented])
    for one in presented:
        within = _POLICY.cross_approved_within
        require_stated(register, one, within=within, policy=_POLICY, now=now)


def _presented_end(
    found: CrossRecord, cause: CrossRevocationCause, signature: OfficerSignature
) -> Presented[CrossRevocationApproved]:
    return Presented(
        statement=cross_revocation_approved(
            signature.occasion,
            partner_id=found.partner_id,
            direction=_DIRECTIONS[found.direction],
            certificate=found.certificate or b"",
            cause=cause,
        ),
        signature=signature,
        field=FIELD,
    )


def _presented(
    found: CrossRecord, signature: OfficerSignature
) -> Presented[CrossCertificationApproved]:
    return Presented(
        statement=cross_certification_approved(
            signature.occasion,
            cross_certification_id=found.cross_certification_id,
            partner_id=found.partner_id,
            direction=_DIRECTIONS[found.direction],
            certification_request=found.certification_request,
            offered=found.offered,
            policy_mappings=found.mappings,
        ),
        signature=signature,
        field=FIELD,
    )
