"""`openjpki register link-key`: the key that a municipality's register makes its links with."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from openjpki.cli import output
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.local_settings import SettingsOption, actor, settings_here
from openjpki.config.clock import SystemClock
from openjpki.config.registration import RegistrationSettings
from openjpki.domain.municipality import Municipality
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.private_files import write_private_once
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.registration.register.register_key import give_register_key
from openjpki.services.registration.service import open_database, open_references


def link_key(
    municipality: Annotated[
        str, typer.Argument(metavar="MUNICIPALITY", help="5-digit municipal code, e.g. 13101.")
    ],
    to: Annotated[
        Path, typer.Option("--to", dir_okay=False, help="The file to write; its owner's alone.")
    ],
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Write the key by which a municipality's register stands for residents in change notices.

    The same at every time. Whoever has it can tell which link stands for whom in that municipality,
    and nothing of another one.
    """
    named = Municipality.parse(municipality, field="MUNICIPALITY")
    used = settings_here(RegistrationSettings, PeerRole.REGISTRATION, settings, home)
    with closing(open_database(used)) as database:
        references = open_references(database, used.registration.person_key_file)
        key = give_register_key(database, references, named, clock=SystemClock(), actor=actor())
    if not write_private_once(to, key):
        raise OpenJpkiError(
            Reason.KEY_EXISTS, "a key is there already; name another file", field="--to"
        )
    output.emit({"municipality": named.code, "key_file": str(to)})
