"""`openjpki database …`: a service's schema, by a role that may change it."""

from __future__ import annotations

from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from openjpki.cli import output
from openjpki.config.parts import DatabasePart
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import newest_revision, upgrade

app = typer.Typer(
    help="A service's schema, by a role that may change it.",
    no_args_is_help=True,
)


class Schema(StrEnum):
    """Whose tables."""

    REGISTRATION = "registration"
    RESIDENT_REGISTER = "resident_register"
    CA = "ca"
    OCSP = "ocsp"
    BRIDGE = "bridge"


@app.callback()
def _group() -> None:
    """Keeps the one command a command of its own, so that others can stand beside it."""


@app.command()
def forward(
    schema: Annotated[Schema, typer.Argument(help="Whose tables they are.")],
    url_file: Annotated[
        Path,
        typer.Option(
            exists=True, dir_okay=False, help="A file with the owner's URL on its first line."
        ),
    ],
) -> None:
    """Bring a schema forward to this program's revision, and make a SQLite database that is not
    there. A service brings its own forward when it starts, if its role may; it makes none."""
    with closing(Database(DatabasePart(url_file=url_file).read_url())) as database:
        upgrade(database, schema.value)
    output.emit({"schema": schema.value, "revision": newest_revision(schema.value)})
