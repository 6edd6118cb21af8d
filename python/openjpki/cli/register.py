"""`openjpki register …`: the resident register that the existence check asks (R2.1.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from openjpki.cli import output
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.files import writable
from openjpki.cli.machine import SettingsOption, actor, settings_here
from openjpki.config.clock import SystemClock
from openjpki.config.registration import RegistrationSettings
from openjpki.domain.synthetic import synthetic_municipalities, synthetic_residents
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.registration.register.load_register import load_register
from openjpki.services.registration.register.register_file import write_register
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade

app = typer.Typer(help="The resident register (住民基本台帳) as a table.", no_args_is_help=True)


@app.command()
def generate(
    to: Annotated[Path, typer.Argument(help="CSV file to write.", callback=writable)],
    count: Annotated[int, typer.Option(min=1, help="How many residents.")] = 3000,
    municipality: Annotated[
        list[str] | None, typer.Option(help="5-digit codes; several times. Default: all there are.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same residents.")] = 1,
) -> None:
    """Write a register file of residents who do not exist."""
    unknown = sorted(set(municipality or ()) - set(synthetic_municipalities()))
    if unknown:
        raise OpenJpkiError(
            Reason.UNKNOWN_MUNICIPALITY,
            f"no residents are made up for {', '.join(unknown)}; there are some for "
            f"{', '.join(synthetic_municipalities())}",
            field="--municipality",
        )
    today = SystemClock().now().astimezone(JAPAN).date()
    residents = synthetic_residents(seed, count, today=today, municipalities=municipality)
    with to.open("w", encoding="utf-8", newline="") as file, _progress(count) as progress:
        rows = write_register(file, residents, progress)
    output.emit({"file": str(to), "residents": rows})


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
    with _progress(total) as progress:
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


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    with Progress(
        console=output.stderr, transient=True, disable=not output.stderr.is_terminal
    ) as bar:
        task = bar.add_task("residents", total=total)
        yield lambda rows: bar.update(task, completed=rows)
