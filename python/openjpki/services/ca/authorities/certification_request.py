"""The authority's own PKCS#10, for a partner to cross-certify (R4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from openjpki.services.ca.authorities.authority import require_active
from openjpki.x509.profiles.engine import build_request

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
        made = key.sign(build_request(authority.name, key.spki_der, authority=True))
        return ca_pb2.GetCertificationRequestResponse(certification_request=made)
