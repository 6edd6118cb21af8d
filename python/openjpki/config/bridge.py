"""Settings of the bridge service."""

from __future__ import annotations

from openjpki.config.address import Address
from openjpki.config.base import ServiceSettings, listening
from openjpki.config.parts import DatabasePart, KeysPart, Part, ServicePart


class BridgePart(Part):
    """Whom it asks."""

    ca: Address = Address("localhost:7110")
    """The ca service."""


class BridgeSettings(ServiceSettings):
    """``OPENJPKI_BRIDGE__CA``, ``OPENJPKI_KEYS__KIND``, …"""

    service: ServicePart = listening(7130)
    database: DatabasePart
    keys: KeysPart
    """The service bridge's key."""
    bridge: BridgePart = BridgePart()
