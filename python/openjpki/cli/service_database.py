"""Where a service on this machine keeps its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.cli.local_settings import settings_here
from openjpki.config.bridge import BridgeSettings
from openjpki.config.ca import CaSettings
from openjpki.config.ocsp import OcspSettings
from openjpki.config.registration import RegistrationSettings
from openjpki.rpc.identity.roles import PeerRole

if TYPE_CHECKING:
    from pathlib import Path

_SETTINGS: dict[
    PeerRole, type[RegistrationSettings | CaSettings | OcspSettings | BridgeSettings]
] = {
    PeerRole.REGISTRATION: RegistrationSettings,
    PeerRole.CA: CaSettings,
    PeerRole.OCSP: OcspSettings,
    PeerRole.BRIDGE: BridgeSettings,
}


def service_database(
    service: PeerRole, file: Path | None, home: Path, *, begun: bool = True
) -> str:
    """The URL of its database, which must be there unless not ``begun``. Raises ``INVALID_FIELD``,
    ``SETTINGS_REFUSED``."""
    used = settings_here(_SETTINGS[service], service, file, home, begun=begun)
    return used.database.read_url()
