"""The authority's own PKCS#10, for a partner to cross-certify (R4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from openjpki.api.ca.v1 import ca_pb2
from openjpki.services.ca.authorities.authority import require_active
from openjpki.x509.signing import DelegatingKey

if TYPE_CHECKING:
    from openjpki.services.ca.context import CaContext


@dataclass(frozen=True, slots=True)
class GetCertificationRequest:
    """The use case. The same bytes each time as long as the key is the same."""

    ca: CaContext

    def __call__(
        self, request: ca_pb2.GetCertificationRequestRequest
    ) -> ca_pb2.GetCertificationRequestResponse:
        """Raises ``AUTHORITY_NOT_FOUND``, ``AUTHORITY_NOT_ACTIVE``."""
        with self.ca.database.reading() as tx:
            authority = require_active(tx, request.authority_id)
        key = self.ca.keys.key_of(authority.record.key_label, authority.certificate)
        made = (
            x509.CertificateSigningRequestBuilder()
            .subject_name(authority.name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(DelegatingKey(key), hashes.SHA256())
        )
        return ca_pb2.GetCertificationRequestResponse(
            certification_request=made.public_bytes(serialization.Encoding.DER)
        )
