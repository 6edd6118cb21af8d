"""`openjpki bridge generation …`: what is stored of the generations of the bridge's own key."""

from __future__ import annotations

from contextlib import closing

import typer

from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.local_settings import SettingsOption, actor, settings_here
from openjpki.cli.stored_generations import (
    CertificateOption,
    NumberArgument,
    StateOption,
    given,
    show,
    show_repaired,
)
from openjpki.config.bridge import BridgeSettings
from openjpki.config.clock import SystemClock
from openjpki.domain.authority import BRIDGE
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.bridge.authority.stored_generations import (
    repair_generation,
    stored_generations,
)
from openjpki.services.bridge.service import open_context

app = typer.Typer(
    help="What is stored of the generations of the bridge's key, on the machine with its keys.",
    no_args_is_help=True,
)


@app.command("list")
def list_generations(settings: SettingsOption = None, home: HomeOption = HOME) -> None:
    """Every generation of the bridge's key, and the rule that one breaks that can't be read or is
    not as it was made."""
    read = settings_here(BridgeSettings, PeerRole.BRIDGE, settings, home)
    with (
        closing(open_context(read, SystemClock())) as opened,
        opened.bridge.database.reading() as tx,
    ):
        found = [(str(BRIDGE), one) for one in stored_generations(tx).listed()]
    show(found)


@app.command()
def repair(
    generation: NumberArgument,
    certificate: CertificateOption = None,
    state: StateOption = None,
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Put a generation as it was made in the place of one that is not; others are left alone."""
    octets = given(certificate)
    read = settings_here(BridgeSettings, PeerRole.BRIDGE, settings, home)
    with closing(open_context(read, SystemClock())) as opened:
        made = repair_generation(
            opened.bridge, generation, certificate=octets, state=state, actor=actor()
        )
    show_repaired(BRIDGE, made.generation, made.state, made.key_label)
