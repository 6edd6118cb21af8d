"""The authority's own PKCS#10, of the generation that issues, for a partner (R4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.services.ca.authorities.authority import key_of, require_active
from openjpki.x509.profiles.engine import build_request

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext


def certification_request_of(ca: CaContext, authority_id: AuthorityId) -> bytes:
    """DER; the same bytes each time as long as the key is the same.

    Raises ``AUTHORITY_NOT_FOUND``, ``AUTHORITY_NOT_ACTIVE``.
    """
    with ca.database.reading() as tx:
        authority = require_active(tx, authority_id)
    key = key_of(ca.keys, authority.current)
    return key.sign(build_request(authority.name, key.spki_der, authority=True))
