"""Secrets of whoever uses a command: from a file, or asked for at the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from openjpki.cli.exit_codes import ExitCode
from openjpki.errors import OpenJpkiError, Reason

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
        return ask("Passphrase", "--passphrase-file", twice=new).encode()
    content = file.read_bytes().strip()
    if not content:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must not be empty", field="--passphrase-file")
    return content


def ask(what: str, option: str, *, twice: bool = False) -> str:
    """What somebody types, unseen. Raises ``INVALID_FIELD`` naming the option when nobody is
    there to ask; ends the command as interrupted on Ctrl-C."""
    try:
        return str(typer.prompt(what, hide_input=True, confirmation_prompt=twice, err=True))
    except typer.Abort:
        if sys.stdin.isatty():
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be named where nobody is at a terminal", field=option
        ) from None
