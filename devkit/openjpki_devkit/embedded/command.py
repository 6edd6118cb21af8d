"""`openjpki serve` where the devkit is installed: everything on this machine, or one service."""

from __future__ import annotations

from typing import Annotated

import typer

from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.serve import ServiceArgument, SettingsOption, serve_one
from openjpki_devkit.embedded.layout import KeyKind


def serve(
    service: ServiceArgument = None,
    settings: SettingsOption = None,
    keys: Annotated[
        KeyKind, typer.Option(help="Where the authorities' keys are, in a whole installation.")
    ] = KeyKind.SOFTWARE,
    free_ports: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool, typer.Option("--free-ports", help="Any free ports instead of 7100 to 7134.")
    ] = False,
    home: HomeOption = HOME,
) -> None:
    """Run a service, or a whole installation to play with until Ctrl-C."""
    if service is None:
        # Not for one service alone: the installation needs the code of all of them.
        from openjpki_devkit.embedded.everything import serve_everything  # noqa: PLC0415

        serve_everything(home, keys, free_ports=free_ports)
    else:
        serve_one(service, settings)
