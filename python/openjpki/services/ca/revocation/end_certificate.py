"""Ending a certificate of any kind: revocation information, feed event and journal entry as one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.journal import CERTIFICATE_REVOKED
from openjpki.services.ca.revocation.answer_conversions import Revoked
from openjpki.storage.ca import certificates
from openjpki.storage.ca.entering import enter_revocation
from openjpki.telemetry.metrics import REVOCATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.policy import RevocationReason
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.certificates import CertificateRecord
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a certificate ends, and what the journal says of it beyond that."""

    cause: str
    """Name of the cause in the domain; kept here, never published."""
    reason: RevocationReason
    """As lists and OCSP answers have it."""
    facts: Mapping[str, Value] = field(default_factory=dict)


def end_certificate(
    ca: CaContext,
    tx: Transaction,
    found: CertificateRecord,
    ending: Ending,
    request_key: RequestKey,
) -> Revoked:
    """Make revocation information; followers of the feed are told once it is durable.

    Raises ``CERTIFICATE_EXPIRED``, ``ALREADY_REVOKED``.
    """
    at = ca.clock.now().replace(microsecond=0)
    require_not_ended(tx, found, at)
    sequence = enter_revocation(tx, found, cause=ending.cause, reason=ending.reason, revoked_at=at)
    if sequence is None:
        raise _already_revoked()
    ca.journal.append(
        tx,
        CERTIFICATE_REVOKED[found.kind],
        stream=str(found.authority_id),
        actor=request_key.caller,
        subject=found.serial.hex(),
        details={
            "cause": ending.cause,
            "reason_code": int(ending.reason),
            "sequence": sequence,
            "partition": found.partition,
            "request_id": request_key.request_id,
            **ending.facts,
        },
        at=ca.clock.now(),
        not_after=found.not_after,
    )
    tx.after_commit(lambda: _tell(ca, found.authority_id, ending.reason))
    return Revoked(at, sequence)


def require_not_ended(tx: Reading, found: CertificateRecord, at: datetime) -> None:
    """Raises ``CERTIFICATE_EXPIRED``, ``ALREADY_REVOKED``."""
    if found.not_after < at:
        raise OpenJpkiError(
            Reason.CERTIFICATE_EXPIRED, "has expired: nothing is left to revoke", field="serial"
        )
    if certificates.is_revoked(tx, found.authority_id, found.serial):
        raise _already_revoked()


def _tell(ca: CaContext, authority_id: AuthorityId, reason: RevocationReason) -> None:
    ca.feed_signal.revoked()
    REVOCATIONS.labels(str(authority_id), reason.name.lower()).inc()


def _already_revoked() -> OpenJpkiError:
    return OpenJpkiError(Reason.ALREADY_REVOKED, "was revoked before", field="serial")
