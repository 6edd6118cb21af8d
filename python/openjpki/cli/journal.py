"""`openjpki journal …`: the journal in a service's database, on the service's own machine."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli import output
from openjpki.cli.begun import require_begun
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.local_settings import SettingsOption, actor, settings_here
from openjpki.cli.service_database import service_database
from openjpki.cli.words import word
from openjpki.config.clock import SystemClock
from openjpki.config.registration import RegistrationSettings
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.common.journal_checking import check_journal
from openjpki.services.common.journal_time import confirm_time
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.journal import SqlJournal, stored_entries

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.services.common.journal_checking import CheckedBook

app = typer.Typer(
    help="The journal in a service's database, on the service's own machine.",
    no_args_is_help=True,
)


class Keeper(StrEnum):
    """Whose database holds the journal."""

    REGISTRATION = "registration"
    RESIDENT_REGISTER = "resident-register"
    CA = "ca"
    OCSP = "ocsp"
    BRIDGE = "bridge"


@app.command()
def verify(
    keeper: Annotated[Keeper, typer.Argument(help="Whose database.")],
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Compare every entry with the digests of the sealed segments; ends with 4 if one differs."""
    database = Database(_database_url(keeper, settings, home))
    try:
        books = list(check_journal(database))
    finally:
        database.close()
    output.emit_rows([_row(book) for book in books], title=f"Journal of {keeper.value}")
    if any(book.faults for book in books):
        raise typer.Exit(ExitCode.NOT_VALID)


@app.command()
def usage(settings: SettingsOption = None, home: HomeOption = HOME) -> None:
    """Compare what verifiers were told, in ocsp's database, with the entries of closed days; ends
    with 4 if one differs."""
    from openjpki.services.ocsp.usage.comparing import compare_days  # noqa: PLC0415

    with closing(Database(service_database(PeerRole.OCSP, settings, home))) as database:
        compared = compare_days(database)
    output.emit(
        {
            "first_day": None if compared.first is None else compared.first.isoformat(),
            "last_day": None if compared.last is None else compared.last.isoformat(),
            "faults": [
                f"{one.day} {one.authority or ''}".rstrip() + f": {word(one.kind.value)}"
                for one in compared.faults
            ],
        }
    )
    if compared.faults:
        raise typer.Exit(ExitCode.NOT_VALID)


@app.command()
def export(
    keeper: Annotated[Keeper, typer.Argument(help="Whose database.")],
    stream: Annotated[
        str | None, typer.Option(help="An authority, a municipality ...; all without it.")
    ] = None,
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Print every entry as it is stored, a line of JSON each, for an auditor; ends with 4 if one
    can't be read, which is among them."""
    faults = 0
    url = _database_url(keeper, settings, home)
    with closing(Database(url)) as database, database.reading() as tx:
        for one in stored_entries(tx, stream):
            faults += one.fault is not None
            output.emit_line(one.columns | {"fault": one.fault})
    if faults:
        raise typer.Exit(ExitCode.NOT_VALID)


@app.command("confirm-time")
def confirm(
    keeper: Annotated[Keeper, typer.Argument(help="Whose database.")],
    today: Annotated[
        datetime, typer.Argument(formats=["%Y-%m-%d"], help="Which day it is, in UTC.")
    ],
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Say which day it is, after a service was away or a clock was wrong: until then nothing of the
    journal is disposed of whose period ended meanwhile."""
    database = Database(_database_url(keeper, settings, home))
    try:
        before, reached = confirm_time(
            database, SqlJournal(), SystemClock(), today=today.date(), actor=actor()
        )
    finally:
        database.close()
    output.emit(
        {
            "journal": keeper.value,
            "before": _time(before),
            "reached": _time(reached),
        }
    )


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _row(book: CheckedBook) -> dict[str, output.Value]:
    return {
        "stream": book.stream,
        "retention": word(book.retention),
        "entries": book.entries,
        "segments": book.segments,
        "sealed": book.sealed,
        "newest_digest": book.digest.hex() if book.digest else None,
        "faults": [f"segment {fault.segment}: {word(fault.kind.value)}" for fault in book.faults],
    }


def _database_url(keeper: Keeper, file: Path | None, home: Path) -> str:
    if keeper is Keeper.RESIDENT_REGISTER:
        used = settings_here(RegistrationSettings, PeerRole.REGISTRATION, file, home, begun=False)
        register = used.registration.resident_register
        require_begun(register, "resident_register", field="registration.resident_register")
        return register.read_url()
    return service_database(PeerRole(keeper.value), file, home)
