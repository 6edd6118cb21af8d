"""What a process has imported before services and commands are forked off it.

Imported there alone: it changes the environment, which is then that of the tests no more.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.support.command_line import SHELL

if TYPE_CHECKING:
    from openjpki.cli.lazy_command import Entry

# Libraries look at these when they are imported. What a test had set for its own commands is none
# of a service's business.
os.environ.update(SHELL)
for _name in [name for name in os.environ if name.startswith("OPENJPKI_")]:
    del os.environ[_name]

from openjpki.cli import main  # noqa: E402
from openjpki.cli.garbage_collection import freeze_what_is_loaded  # noqa: E402
from openjpki.cli.lazy_command import load  # noqa: E402
from tests.support import (  # noqa: E402, F401
    bridge_process,
    ca_process,
    ocsp_process,
    registration_process,
)


def _import(entry: Entry) -> None:
    if entry.devkit is None:
        load(entry)
    for each in entry.subcommands:
        _import(each)


for _command in main.COMMANDS:
    _import(_command)
freeze_what_is_loaded()
