"""`openjpki register …`: the resident register that the existence check asks (R2.1.1)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from openjpki.cli import output
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.local_settings import SettingsOption, actor, settings_here
from openjpki.cli.progress import counting
from openjpki.config.clock import SystemClock
from openjpki.config.registration import RegistrationSettings
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.registration.register.load_register import load_register
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade

app = typer.Typer(help="The resident register (住民基本台帳) as a table.", no_args_is_help=True)


@app.command()
def load(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="CSV in UTF-8, with the columns of `generate`."
        ),
    ],
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Make the register of the municipalities in FILE what FILE says; all of it or nothing."""
    used = settings_here(RegistrationSettings, PeerRole.REGISTRATION, settings, home)
    with file.open("rb") as lines:
        total = sum(1 for _ in lines) - 1
    with counting("residents", total) as progress:
        counts = load_file(file, used, progress)
    output.emit_rows([{"municipality": code, "residents": n} for code, n in counts.items()])


def load_file(
    file: Path,
    settings: RegistrationSettings,
    progress: Callable[[int], None] = lambda _rows: None,
) -> dict[str, int]:
    """Loads a register file into the database of the settings; residents by municipality."""
    database = Database(settings.registration.resident_register.read_url())
    try:
        upgrade(database, "resident_register")
        # Spreadsheets begin UTF-8 with a mark.
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return load_register(
                database,
                lines,
                clock=SystemClock(),
                actor=actor(),
                progress=progress,
            )
    finally:
        database.close()
