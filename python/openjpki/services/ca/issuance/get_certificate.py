"""Reading an issued certificate and its state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.revocation.revoke_certificate import require_certificate
from openjpki.storage.ca import certificates

if TYPE_CHECKING:
    from openjpki.services.ca.context import CaContext


@dataclass(frozen=True, slots=True)
class GetCertificate:
    """The use case."""

    ca: CaContext

    def __call__(self, request: ca_pb2.GetCertificateRequest) -> ca_pb2.GetCertificateResponse:
        """Raises ``AUTHORITY_NOT_FOUND``, ``CERTIFICATE_NOT_FOUND``."""
        authority_id = AuthorityId.parse(request.authority_id)
        with self.ca.database.reading() as tx:
            require_authority(tx, authority_id)
            found = require_certificate(tx, authority_id, request.serial)
            revocation = certificates.revocation_of(tx, authority_id, request.serial)
        answer = ca_pb2.GetCertificateResponse(
            certificate=found.certificate,
            status=revocation_pb2.CERTIFICATE_STATUS_GOOD,
            generation=found.generation,
        )
        if revocation is not None:
            answer.status = revocation_pb2.CERTIFICATE_STATUS_REVOKED
            answer.revoked_at.FromDatetime(revocation.revoked_at)
        return answer
