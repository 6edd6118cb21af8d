"""`openjpki bridge revocation …`: what is stored of cross certificates that were ended."""

from __future__ import annotations

from contextlib import closing

import typer

from openjpki.cli import output
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.local_settings import SettingsOption, actor, settings_here
from openjpki.config.bridge import BridgeSettings
from openjpki.config.clock import SystemClock
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.bridge.exchange.stored_ends import end_faults, repair_ends
from openjpki.services.bridge.service import open_context

app = typer.Typer(
    help="What is stored of cross certificates' revocations, on the bridge's own machine.",
    no_args_is_help=True,
)


@app.command("check")
def check(settings: SettingsOption = None, home: HomeOption = HOME) -> None:
    """Every revocation of a cross certificate that the journal has and whose rows can't be read,
    are missing, or do not say so, and every one that rows alone have (UNJOURNALED)."""
    read = settings_here(BridgeSettings, PeerRole.BRIDGE, settings, home)
    with closing(open_context(read, SystemClock())) as opened:
        found = end_faults(opened.bridge)
    output.emit_rows(
        [{"cross_certification": one.cross_certification_id, "fault": one.rule} for one in found],
        title="Revocations that are not as they were written",
    )
    if found:
        raise typer.Exit(ExitCode.NOT_VALID)


@app.command()
def repair(settings: SettingsOption = None, home: HomeOption = HOME) -> None:
    """Have such rows say what the journal has; others are left alone, as are those whose
    certificate is not here any more.

    Where the journal is not as it was sealed, nothing is changed.
    """
    read = settings_here(BridgeSettings, PeerRole.BRIDGE, settings, home)
    with closing(open_context(read, SystemClock())) as opened:
        done = repair_ends(opened.bridge, actor=actor())
    output.emit({"repaired": done.repaired, "left": done.left})
    if done.left:
        raise typer.Exit(ExitCode.NOT_VALID)
