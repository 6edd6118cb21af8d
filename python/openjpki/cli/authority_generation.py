"""`openjpki authority generation …`: what is stored of the generations of authorities' keys."""

from __future__ import annotations

import typer

from openjpki.cli.ca_here import AuthorityArgument, ca_here
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.left_out import LeftOutRows
from openjpki.cli.local_settings import SettingsOption, actor
from openjpki.cli.stored_generations import (
    CertificateOption,
    NumberArgument,
    StateOption,
    given,
    show,
    show_repaired,
)
from openjpki.services.ca.authorities.stored_generations import (
    repair_generation,
    stored_generations,
)
from openjpki.storage.ca import authorities

app = typer.Typer(
    help="What is stored of the generations of keys, on the ca's own machine.",
    no_args_is_help=True,
)


@app.command("list")
def list_generations(settings: SettingsOption = None, home: HomeOption = HOME) -> None:
    """Every generation of every authority's key, and the rule that one breaks that can't be read or
    is not as it was made."""
    left_out = LeftOutRows()
    with ca_here(settings, home) as ca, ca.database.reading() as tx:
        here = [one.authority_id for one in authorities.all_of(tx, left_out=left_out)]
        found = [(str(each), one) for each in here for one in stored_generations(tx, each).listed()]
    show(found)
    left_out.end()


@app.command()
def repair(
    authority: AuthorityArgument,
    generation: NumberArgument,
    certificate: CertificateOption = None,
    state: StateOption = None,
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Put a generation as it was made in the place of one that is not; others are left alone."""
    octets = given(certificate)
    with ca_here(settings, home) as ca:
        made = repair_generation(
            ca, authority, generation, certificate=octets, state=state, actor=actor()
        )
    show_repaired(authority, made.number, made.state, made.key_label)
