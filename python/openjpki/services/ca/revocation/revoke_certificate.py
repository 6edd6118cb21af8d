"""Making revocation information for a certificate (R1.3.4, R3.1, R3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.policy import RevocationCause
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.journal import CERTIFICATE_REVOKED
from openjpki.services.ca.officer import officer
from openjpki.storage.ca import certificates, feed, issuances
from openjpki.storage.ca.certificates import RevocationRecord
from openjpki.storage.ca.feed import NewEvent
from openjpki.storage.ca.kinds import Kind
from openjpki.telemetry.metrics import REVOCATIONS

if TYPE_CHECKING:
    from openjpki.domain.policy import RevocationReason
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.certificates import CertificateRecord
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction

CAUSES = {
    revocation_pb2.REVOCATION_CAUSE_USER_WISH: RevocationCause.USER_WISH,
    revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE: RevocationCause.KEY_COMPROMISE,
    revocation_pb2.REVOCATION_CAUSE_CHANGE_NOTICE: RevocationCause.CHANGE_NOTICE,
    revocation_pb2.REVOCATION_CAUSE_RENEWAL: RevocationCause.RENEWAL,
    revocation_pb2.REVOCATION_CAUSE_AUTHORITY_COMPROMISE: RevocationCause.AUTHORITY_COMPROMISE,
}


@dataclass(frozen=True, slots=True)
class RevokeCertificate:
    """The use case; its request and answer are messages of the contract."""

    ca: CaContext

    def __call__(self, request: ca_pb2.RevokeCertificateRequest, key: RequestKey) -> bytes:
        """The serialised ``RevokeCertificateResponse``, durable; the first answer on a retry.

        Raises ``AUTHORITY_NOT_FOUND``, ``CERTIFICATE_NOT_FOUND``, ``CERTIFICATE_EXPIRED``,
        ``ALREADY_REVOKED``, ``REASON_NOT_ALLOWED``.
        """
        requested_by = officer(request.requested_by, "requested_by")
        cause = CAUSES[request.cause]
        return self.ca.requests.once(
            self.ca.database,
            key,
            self.ca.clock.now(),
            lambda tx: self._revoke(tx, request, cause, requested_by, key),
        )

    def _revoke(
        self,
        tx: Transaction,
        request: ca_pb2.RevokeCertificateRequest,
        cause: RevocationCause,
        requested_by: str,
        key: RequestKey,
    ) -> bytes:
        ca, authority_id = self.ca, AuthorityId.parse(request.authority_id)
        authority = require_authority(tx, authority_id)
        reason = authority.policy.crl.reason_for(cause)
        found = require_certificate(tx, authority_id, request.serial)
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
                cause=cause.name,
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
            actor=key.caller,
            subject=found.serial.hex(),
            details={
                "cause": cause.name,
                "reason_code": int(reason),
                "sequence": sequence,
                "partition": found.partition,
                "requested_by": requested_by,
                "request_id": key.request_id,
            },
            at=ca.clock.now(),
            not_after=found.not_after,
        )
        tx.after_commit(lambda: self._revoked(authority_id, reason))
        answer = ca_pb2.RevokeCertificateResponse(sequence=sequence)
        answer.revoked_at.CopyFrom(Timestamp(seconds=int(at.timestamp())))
        return answer.SerializeToString(deterministic=True)

    def _revoked(self, authority_id: AuthorityId, reason: RevocationReason) -> None:
        self.ca.feed_signal.notify()
        REVOCATIONS.labels(str(authority_id), reason.name.lower()).inc()


def require_certificate(tx: Reading, authority_id: AuthorityId, serial: bytes) -> CertificateRecord:
    """A user certificate of this authority. Raises ``CERTIFICATE_NOT_FOUND``."""
    found = certificates.get(tx, authority_id, serial)
    if found is None or found.kind is not Kind.USER:
        raise OpenJpkiError(
            Reason.CERTIFICATE_NOT_FOUND,
            "is not the serial number of a user certificate of this authority",
            field="serial",
        )
    return found


def _already_revoked() -> OpenJpkiError:
    return OpenJpkiError(Reason.ALREADY_REVOKED, "was revoked before", field="serial")
