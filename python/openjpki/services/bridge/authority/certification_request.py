"""The service bridge's own PKCS#10, for a partner to cross-certify (R4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.services.bridge.authority.own_authority import own_key, require_own
from openjpki.services.bridge.find_partner import require_partner
from openjpki.x509.profiles.engine import build_request

if TYPE_CHECKING:
    from openjpki.services.bridge.authority.own_authority import OwnGeneration
    from openjpki.services.bridge.context import BridgeContext


def certification_request(bridge: BridgeContext, partner_id: str) -> bytes:
    """For a registered partner, DER. Raises ``PARTNER_NOT_FOUND``, ``SERVICE_UNAVAILABLE``."""
    with bridge.database.reading() as tx:
        require_partner(tx, partner_id)
        own = require_own(tx)
    return made(bridge, own)


def made(bridge: BridgeContext, own: OwnGeneration) -> bytes:
    """PKCS#10 with CA:TRUE, DER; the same bytes each time as long as the key is the same."""
    key = own_key(bridge, own)
    return key.sign(build_request(own.name, key.spki_der, authority=True))
