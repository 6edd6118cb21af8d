"""Secrets of whoever uses a command: from a file, or asked for at the terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from openjpki.cli.exit_codes import ExitCode
from openjpki.errors import OpenJpkiError, Reason

MIN_PASSPHRASE = 12
"""Octets of a new passphrase: four words of a list, or twelve letters at random."""

PassphraseFileOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        exists=True,
        dir_okay=False,
        help="The key's passphrase; asked for when absent.",
    ),
]


def passphrase(file: Path | None, *, new: bool = False) -> bytes:
    """Of a key file; a new one is asked for twice. Raises ``INVALID_FIELD``."""
    if file is None:
        content = ask("Passphrase", "--passphrase-file", twice=new).encode()
    else:
        content = file.read_bytes().strip()
    if not content:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must not be empty", field="--passphrase-file")
    if new and len(content) < MIN_PASSPHRASE:
        # The file can be copied, and guessing is then limited by nothing else.
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"must have {MIN_PASSPHRASE} octets at least, as a new one",
            field="--passphrase-file",
        )
    return content


def ask(what: str, option: str, *, twice: bool = False) -> str:
    """What somebody types, unseen. Raises ``INVALID_FIELD`` naming the option when nobody is
    there to ask; ends the command as interrupted on Ctrl-C."""
    if not _somebody_is_there():
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be named where nobody is at a terminal", field=option
        )
    try:
        return str(typer.prompt(what, hide_input=True, confirmation_prompt=twice, err=True))
    except typer.Abort:
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def _somebody_is_there() -> bool:
    """Whether what is typed can be hidden: getpass would read it aloud, with a warning."""
    if sys.stdin.isatty():
        return True
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
