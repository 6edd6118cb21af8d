"""`openjpki journal …`: the journal in a service's database, on the service's own machine."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli import output
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.local_settings import SettingsOption, settings_here
from openjpki.cli.service_database import service_database
from openjpki.config.registration import RegistrationSettings
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.common.journal_checking import check_journal
from openjpki.storage.kernel.database import Database

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


def _row(book: CheckedBook) -> dict[str, output.Value]:
    return {
        "stream": book.stream,
        "retention": book.retention.value,
        "entries": book.entries,
        "segments": book.segments,
        "sealed": book.sealed,
        "newest_digest": book.digest.hex() if book.digest else None,
        "faults": [f"segment {fault.segment}: {fault.kind.value}" for fault in book.faults],
    }


def _database_url(keeper: Keeper, file: Path | None, home: Path) -> str:
    if keeper is Keeper.RESIDENT_REGISTER:
        used = settings_here(RegistrationSettings, PeerRole.REGISTRATION, file, home)
        return used.registration.resident_register.read_url()
    return service_database(PeerRole(keeper.value), file, home)
