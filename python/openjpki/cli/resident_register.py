"""`openjpki register …`: the resident register that the existence check asks (R2.1.1)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated

import typer

from openjpki.cli import output
from openjpki.cli.begun import require_begun
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.local_settings import SettingsOption, actor, settings_here
from openjpki.cli.progress import RESIDENTS, counting
from openjpki.cli.reading import named
from openjpki.config.clock import SystemClock
from openjpki.config.parts import DatabasePart
from openjpki.config.registration import RegistrationSettings
from openjpki.domain.municipality import Municipality
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.registration.register.leaving import MunicipalityLoad
from openjpki.services.registration.register.load_register import load_register, weigh_register
from openjpki.services.registration.register.register_file import RegisterFileError
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade

_NAMED = 100
"""So many rows are named; whoever has more mends these first."""

app = typer.Typer(help="The resident register (住民基本台帳) as a table.", no_args_is_help=True)


@app.command()
def load(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="CSV in UTF-8, with the columns of `generate`."
        ),
    ],
    url_file: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="A file with the register's URL on its first line, for whoever keeps the register "
            "and has none of registration's settings.",
        ),
    ] = None,
    replace: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE",
            help="A municipality that is loaded whoever leaves the register by it; may be given "
            "often.",
        ),
    ] = None,
    dry_run: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool,
        typer.Option("--dry-run", help="Only say what would be loaded, and how many would leave."),
    ] = False,
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Make the register of the municipalities in FILE what FILE says, all of it at once.

    A row that can't be taken is left out and named by its line. A municipality that more than a
    tenth of its residents, and more than ten, would leave is left as it was. Either way the command
    ends with 4; what is no register file is refused, and the register stays as it was.
    """
    if not file.is_file():
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be a regular file: it is read more than once", field="FILE"
        )
    although = {Municipality.parse(one, field="--replace").code for one in replace or ()}
    if url_file is None:
        used = settings_here(
            RegistrationSettings, PeerRole.REGISTRATION, settings, home, begun=False
        )
        register = used.registration.resident_register
    else:
        register = DatabasePart(url_file=url_file)
    if dry_run:
        require_begun(register, "resident_register", field="registration.resident_register")
    with named(file), file.open("rb") as lines:
        total = sum(1 for _ in lines) - 1
    left_out: list[RegisterFileError] = []
    # Each row is read, weighed together with the others, and then loaded.
    with counting(RESIDENTS, 2 * total) as progress:
        loads = load_file(
            file,
            register,
            although=although,
            dry_run=dry_run,
            checked=progress,
            progress=lambda rows: progress(total + rows),
            left_out=left_out.append,
        )
    output.emit_rows(
        [
            {
                "municipality": one.municipality_code,
                "residents": one.residents,
                "before": one.before,
                "leaving": one.leaving,
                "loaded": one.loaded,
            }
            for one in loads
        ],
        title="What would be loaded" if dry_run else None,
    )
    refusal = _not_all(left_out, [one.municipality_code for one in loads if not one.loaded])
    if refusal is not None:
        output.report(refusal)
        raise typer.Exit(ExitCode.NOT_VALID)


def _not_all(left_out: list[RegisterFileError], as_they_were: list[str]) -> OpenJpkiError | None:
    """What is to be told of a file of which not everything was loaded."""
    told, metadata = [], {}
    if as_they_were:
        told.append(
            f"too many would leave {', '.join(as_they_were[:_NAMED])}: as it was, unless named by"
            " --replace"
        )
        metadata["as_they_were"] = ",".join(as_they_were)
    if left_out:
        told.append(f"{len(left_out)} rows can't be taken and were left out")
        metadata["rows"] = "; ".join(f"{one.message} ({one.column})" for one in left_out[:_NAMED])
    if not told:
        return None
    return OpenJpkiError(Reason.INVALID_FIELD, "; ".join(told), field="FILE", **metadata)


def load_file(
    file: Path,
    register: DatabasePart,
    *,
    although: Collection[str] = (),
    dry_run: bool = False,
    checked: Callable[[int], None] = lambda _rows: None,
    progress: Callable[[int], None] = lambda _rows: None,
    left_out: Callable[[RegisterFileError], None] | None = None,
) -> list[MunicipalityLoad]:
    """Loads a register file into the register's database, or says what that would do."""
    database = Database(register.read_url())
    try:
        upgrade(database, "resident_register")
        # Spreadsheets begin UTF-8 with a mark.
        with file.open(encoding="utf-8-sig", newline="") as lines:
            if dry_run:
                return weigh_register(
                    database,
                    lines,
                    clock=SystemClock(),
                    although=although,
                    checked=checked,
                    left_out=left_out,
                )
            return load_register(
                database,
                lines,
                clock=SystemClock(),
                actor=actor(),
                although=although,
                checked=checked,
                progress=progress,
                left_out=left_out,
            )
    finally:
        database.close()
