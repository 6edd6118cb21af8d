"""Asking the status service."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.client.status import LiveStatus, ToldStatus
from openjpki.domain.certificate_status import CertificateStatus

if TYPE_CHECKING:
    from openjpki.api.ocsp.v1 import ocsp_pb2_grpc
    from openjpki.domain.authority import AuthorityId


def ask(
    service: ocsp_pb2_grpc.StatusServiceStub,
    authority_id: AuthorityId,
    serial_number: int,
    timeout: float,
) -> ToldStatus:
    """The status of one certificate within ``timeout`` seconds. Raises what the call raises."""
    serial = serial_number.to_bytes((serial_number.bit_length() + 7) // 8, "big")
    request = ocsp_pb2.CheckRequest(authority_id=str(authority_id), serial=serial)
    return told(service.Check(request, timeout=timeout))


def told(answer: ocsp_pb2.CheckResponse) -> ToldStatus:
    """What an answer says. A status that this client does not know is as unknown as a certificate
    that the authority does not know: neither is good."""
    is_revoked = int(answer.status) == CertificateStatus.REVOKED
    is_good = int(answer.status) == CertificateStatus.GOOD
    status = CertificateStatus.GOOD if is_good else CertificateStatus.UNKNOWN
    return ToldStatus(
        status=CertificateStatus.REVOKED if is_revoked else status,
        reason=answer.reason,
        revoked_at=datetime.fromtimestamp(answer.revoked_at, UTC) if is_revoked else None,
        source=LiveStatus(datetime.fromtimestamp(answer.as_of, UTC)),
    )
