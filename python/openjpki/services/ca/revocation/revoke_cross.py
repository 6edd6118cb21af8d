"""Ending a cross certificate before its time, by what two officers of the bridge signed (R4.4)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.evidence import CrossDirection
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cross_statements import cross_revocation_approved
from openjpki.evidence.verification import Presented, require_cross_revocation
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.keep_evidence import keep_evidence
from openjpki.services.ca.revocation.answer_conversions import from_bytes, to_bytes
from openjpki.services.ca.revocation.end_certificate import Ending, end_certificate
from openjpki.services.common.officers.known_officers import KnownOfficers
from openjpki.storage.ca import certificates
from openjpki.storage.ca.evidence import EvidencedAct
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.kernel.beginning import Turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.authority_revocation import CrossRevocationCause
    from openjpki.domain.evidence import CrossRevocationApproved, OfficerSignature
    from openjpki.services.ca.context import CaContext
    from openjpki.services.ca.revocation.answer_conversions import Revoked
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction

_OFFICERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossRevocationOrder:
    """Which cross certificate is to end, and why."""

    authority_id: AuthorityId
    serial: bytes
    cause: CrossRevocationCause
    approvals: tuple[OfficerSignature, ...]

    def __post_init__(self) -> None:
        """Refuse fewer than two different officers: ``SAME_OFFICER``."""
        if len({one.occasion.officer for one in self.approvals}) < _OFFICERS:
            raise OpenJpkiError(
                Reason.SAME_OFFICER, "must be of two different officers", field="approvals"
            )

    def presented(self, certificate: bytes) -> list[Presented[CrossRevocationApproved]]:
        """What each of them must have signed of that certificate, X.509 DER."""
        return [
            Presented(
                statement=cross_revocation_approved(
                    one.occasion,
                    # The authority itself is the partner that issued to the service bridge.
                    partner_id=str(self.authority_id),
                    direction=CrossDirection.FROM_PARTNER,
                    certificate=certificate,
                    cause=self.cause,
                ),
                signature=one,
                field=f"approvals[{number}]",
            )
            for number, one in enumerate(self.approvals)
        ]


def revoke_cross(ca: CaContext, order: CrossRevocationOrder, request_key: RequestKey) -> Revoked:
    """What was done, durable when this returns; the first answer on a retry.

    Raises ``AUTHORITY_NOT_FOUND``, ``CERTIFICATE_NOT_FOUND``, ``CERTIFICATE_EXPIRED``,
    ``ALREADY_REVOKED``, ``NOT_THE_OWNER``, and as
    :func:`openjpki.evidence.verification.require_cross_revocation`.
    """

    def revoke(tx: Transaction) -> bytes:
        authority = require_authority(tx, order.authority_id)
        found = certificates.get(tx, order.authority_id, order.serial)
        if found is None or found.kind is not CertificateKind.CROSS:
            raise OpenJpkiError(
                Reason.CERTIFICATE_NOT_FOUND,
                "is not the serial number of a cross certificate of this authority",
                field="serial",
            )
        approved = order.presented(found.certificate)
        require_cross_revocation(
            KnownOfficers(tx, order.approvals),
            approved,
            policy=authority.policy.evidence,
            now=ca.clock.now(),
        )
        ending = Ending(order.cause.name, order.cause.reason, _facts(approved))
        revoked = end_certificate(ca, tx, found, ending, request_key)
        keep_evidence(tx, order.authority_id, found.serial, EvidencedAct.REVOCATION, approved)
        return to_bytes(revoked)

    with ca.fence.writing(order.authority_id) as writer:
        answer = ca.requests.once(writer, request_key, ca.clock.now(), revoke, turn=Turn.COUNTS)
    ca.checkpoint("revoked")
    return from_bytes(answer)


def _facts(approved: Sequence[Presented[CrossRevocationApproved]]) -> Mapping[str, Value]:
    """Who signed, and the SHA-256 of each signature, for the journal."""
    first, second, *_ = approved
    return {
        "proposed_by": str(first.officer),
        "proposed_sha256": hashlib.sha256(first.signature.signature).hexdigest(),
        "approved_by": str(second.officer),
        "approved_sha256": hashlib.sha256(second.signature.signature).hexdigest(),
    }
