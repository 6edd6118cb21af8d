"""Making revocation information for a certificate (R1.3.4, R3.1, R3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.certificate_status import CertificateStatus
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.journal import CERTIFICATE_REVOKED
from openjpki.services.ca.revocation.answer_conversions import Revoked, from_bytes, to_bytes
from openjpki.storage.ca import certificates, feed, issuances
from openjpki.storage.ca.certificates import RevocationRecord
from openjpki.storage.ca.feed import NewEvent
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.telemetry.metrics import REVOCATIONS

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.policy import RevocationCause, RevocationReason
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.certificates import CertificateRecord
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationOrder:
    """Which certificate is to end, and why."""

    authority_id: AuthorityId
    serial: bytes
    cause: RevocationCause
    requested_by: str
    """The officer who took the request."""


def revoke_certificate(ca: CaContext, order: RevocationOrder, request_key: RequestKey) -> Revoked:
    """What was done, durable when this returns; the first answer on a retry.

    Raises ``AUTHORITY_NOT_FOUND``, ``CERTIFICATE_NOT_FOUND``, ``CERTIFICATE_EXPIRED``,
    ``ALREADY_REVOKED``, ``REASON_NOT_ALLOWED``.
    """
    answer = ca.requests.once(
        ca.database,
        request_key,
        ca.clock.now(),
        lambda tx: to_bytes(_revoke(ca, tx, order, request_key)),
    )
    return from_bytes(answer)


def _revoke(
    ca: CaContext, tx: Transaction, order: RevocationOrder, request_key: RequestKey
) -> Revoked:
    authority_id = order.authority_id
    authority = require_authority(tx, authority_id)
    reason = authority.policy.crl.reason_for(order.cause)
    found = require_certificate(tx, authority_id, order.serial)
    at = ca.clock.now().replace(microsecond=0)
    if found.not_after < at:
        raise OpenJpkiError(
            Reason.CERTIFICATE_EXPIRED, "has expired: nothing is left to revoke", field="serial"
        )
    if certificates.revocation_of(tx, authority_id, found.serial) is not None:
        raise _already_revoked()
    sequence = feed.append(
        tx,
        authority_id,
        NewEvent(
            serial=found.serial,
            generation=found.generation,
            not_after=found.not_after,
            status=CertificateStatus.REVOKED,
            reason_code=reason,
            at=at,
        ),
    )
    kept = certificates.add_revocation(
        tx,
        RevocationRecord(
            authority_id=authority_id,
            serial=found.serial,
            generation=found.generation,
            partition=found.partition,
            not_after=found.not_after,
            cause=order.cause.name,
            reason_code=reason,
            revoked_at=at,
            sequence=sequence,
        ),
    )
    if not kept:
        raise _already_revoked()
    issuances.end_life(tx, authority_id, found.serial)
    ca.journal.append(
        tx,
        CERTIFICATE_REVOKED,
        stream=str(authority_id),
        actor=request_key.caller,
        subject=found.serial.hex(),
        details={
            "cause": order.cause.name,
            "reason_code": int(reason),
            "sequence": sequence,
            "partition": found.partition,
            "requested_by": order.requested_by,
            "request_id": request_key.request_id,
        },
        at=ca.clock.now(),
        not_after=found.not_after,
    )
    tx.after_commit(lambda: _revoked(ca, authority_id, reason))
    return Revoked(at, sequence)


def _revoked(ca: CaContext, authority_id: AuthorityId, reason: RevocationReason) -> None:
    ca.feed_signal.notify()
    REVOCATIONS.labels(str(authority_id), reason.name.lower()).inc()


def require_certificate(tx: Reading, authority_id: AuthorityId, serial: bytes) -> CertificateRecord:
    """A user certificate of this authority. Raises ``CERTIFICATE_NOT_FOUND``."""
    found = certificates.get(tx, authority_id, serial)
    if found is None or found.kind is not CertificateKind.USER:
        raise OpenJpkiError(
            Reason.CERTIFICATE_NOT_FOUND,
            "is not the serial number of a user certificate of this authority",
            field="serial",
        )
    return found


def _already_revoked() -> OpenJpkiError:
    return OpenJpkiError(Reason.ALREADY_REVOKED, "was revoked before", field="serial")
