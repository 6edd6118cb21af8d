"""The folder of an installation on this machine, as far as commands look into it.

`openjpki serve` without a service (``openjpki-devkit``) lays it out and keeps more there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.rpc.identity.credentials import TlsFiles

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.domain.officers import Officer
    from openjpki.rpc.identity.roles import PeerRole


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below the installation's folder."""

    root: Path

    @property
    def endpoints(self) -> Path:
        """Ports of the running services, JSON."""
        return self.root / "endpoints.json"

    def service(self, service: PeerRole) -> Path:
        """A service's own folder: settings, database, keys, log."""
        return self.root / service.value

    def settings(self, service: PeerRole) -> Path:
        """A service's settings."""
        return self.service(service) / "settings.toml"

    def officer_key(self, officer: Officer) -> Path:
        """The key that an officer of this installation signs with, encrypted."""
        name = f"{officer.account.text}.pem"
        return self.root / "officers" / officer.role / officer.place / name

    @property
    def officers_passphrase(self) -> Path:
        """What the officers' keys here are encrypted under."""
        return self.root / "officers" / "passphrase"

    def credentials(self, role: PeerRole, scope: str = "", subject: str = "") -> TlsFiles:
        """A peer's credentials in the mesh."""
        parts = [part for part in (role.value, scope, subject) if part]
        folder = self.root.joinpath("credentials", *parts)
        return TlsFiles.in_folder(folder)
