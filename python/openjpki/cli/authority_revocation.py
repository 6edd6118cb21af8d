"""`openjpki authority revocation …`: what is stored of revocations, and putting it right."""

from __future__ import annotations

import typer

from openjpki.cli import output
from openjpki.cli.ca_here import AuthorityArgument, ca_here
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.local_settings import SettingsOption, actor
from openjpki.services.ca.revocation.stored import repair_revocations, revocation_faults

app = typer.Typer(
    help="What is stored of an authority's revocations, on the ca's own machine.",
    no_args_is_help=True,
)


@app.command("check")
def check(
    authority: AuthorityArgument, settings: SettingsOption = None, home: HomeOption = HOME
) -> None:
    """Every revocation that can't be read, is of no certificate, or differs from its certificate,
    by what stands in its row; and every one that the journal has and the table has not. Also the
    row of the authority's status feed, where that can't be read."""
    with ca_here(settings, home) as ca:
        found = revocation_faults(ca, authority)
    output.emit_rows(
        [
            {
                "row": one.key,
                "serial": None if one.serial is None else one.serial.hex(),
                "fault": one.rule,
            }
            for one in found
        ],
        title="Revocations that are not as they were written",
    )
    if found:
        raise typer.Exit(ExitCode.NOT_VALID)


@app.command()
def repair(
    authority: AuthorityArgument, settings: SettingsOption = None, home: HomeOption = HOME
) -> None:
    """Enter such revocations anew from the journal, and drop their rows; others are left alone.

    Where the journal does not vouch for all of them, nothing is changed.
    """
    with ca_here(settings, home) as ca:
        done = repair_revocations(ca, authority, actor=actor())
    output.emit({"authority": str(authority), "entered": done.entered, "dropped": done.dropped})
