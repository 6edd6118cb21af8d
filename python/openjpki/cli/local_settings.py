"""Acts on a service's own machine, with its database and keys and never over a network."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from openjpki.cli.begun import require_begun
from openjpki.cli.home import Home
from openjpki.config.loading import load_settings
from openjpki.domain.actors import CONSOLE
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.config.bridge import BridgeSettings
    from openjpki.config.ca import CaSettings
    from openjpki.config.ocsp import OcspSettings
    from openjpki.config.registration import RegistrationSettings
    from openjpki.rpc.identity.roles import PeerRole

Settings = TypeVar(
    "Settings", bound="RegistrationSettings | CaSettings | OcspSettings | BridgeSettings"
)

SettingsOption = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        exists=True,
        dir_okay=False,
        help="The service's settings file; OPENJPKI_… variables go before it. Default: the "
        "embedded one's, else the variables alone.",
    ),
]


def settings_here(
    kind: type[Settings], service: PeerRole, file: Path | None, home: Path, *, begun: bool = True
) -> Settings:
    """A service's settings as the service itself reads them: from a file named here, else from
    the embedded one, else, as in a container, from variables alone.

    ``begun``: whether its database must be there. Raises ``INVALID_FIELD``, ``SETTINGS_REFUSED``.
    """
    if file is None:
        embedded = Home(home).settings(service)
        if embedded.exists():
            file = embedded
        elif not any(name.upper().startswith("OPENJPKI_DATABASE__") for name in os.environ):
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                f"there is no {embedded}; start `openjpki serve` once, name its folder with "
                f"--home, or name the settings of a {service} service here",
                field="--settings",
            )
    settings = load_settings(kind, file)
    if begun:
        require_begun(settings.database, service.value)
    return settings


def actor() -> str:
    """Who acts, for the journal: the user's name, or number where users have no names."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return f"{CONSOLE}{name}"
