"""Secrets of whoever uses a command: from a file, or asked for at the terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from openjpki.cli import output
from openjpki.cli.exit_codes import ExitCode
from openjpki.closed_file import OpenToOthersError, read_closed
from openjpki.errors import OpenJpkiError, Reason, Text

MIN_PASSPHRASE = 12
"""Octets of a new passphrase: four words of a list, or twelve letters at random."""
_DIFFERENT = 6
"""Of them, so many at least that differ: none of one letter, or of a few in turns."""

PassphraseFileOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        exists=True,
        dir_okay=False,
        help="The key's passphrase; asked for when absent.",
    ),
]


PASSPHRASE = Text(ja="パスフレーズ", en="Passphrase")
PIN = Text(ja="暗証番号", en="PIN")
_AGAIN = Text(ja="もう一度", en="Repeat for confirmation")
_DIFFERS = Text(ja="一致しません。入力し直してください。", en="They differ; type both again.")


def passphrase(file: Path | None, *, new: bool = False) -> bytes:
    """Of a key file; a new one is asked for twice. Raises ``INVALID_FIELD``,
    ``KEY_STORE_UNSAFE`` for a file that others may read."""
    if file is None:
        content = ask(PASSPHRASE, "--passphrase-file", twice=new).encode()
    else:
        try:
            content = read_closed(file).strip()
        except OpenToOthersError as error:
            raise OpenJpkiError(
                Reason.KEY_STORE_UNSAFE, str(error), field="--passphrase-file"
            ) from None
    if not content:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must not be empty", field="--passphrase-file")
    if new and len(content) < MIN_PASSPHRASE:
        # The file can be copied, and guessing is then limited by nothing else.
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"must have {MIN_PASSPHRASE} octets at least, as a new one",
            field="--passphrase-file",
        )
    if new and len(set(content)) < _DIFFERENT:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"must have {_DIFFERENT} different octets at least, as a new one",
            field="--passphrase-file",
        )
    return content


def ask(what: Text, option: str, *, twice: bool = False) -> str:
    """What somebody types, unseen. Raises ``INVALID_FIELD`` naming the option when nobody is
    there to ask, or it is typed in another encoding; ends the command as interrupted on Ctrl-C."""
    if not _somebody_is_there():
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be named where nobody is at a terminal", field=option
        )
    try:
        typed = _typed(what)
        while twice and _typed(_AGAIN) != typed:
            output.say(_DIFFERS.in_language(output.language()))
            typed = _typed(what)
    except typer.Abort:
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except UnicodeDecodeError:
        # from None: it has what was typed.
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"holds octets that are no characters in this locale's encoding "
            f"({sys.getfilesystemencoding()})",
            field=option,
        ) from None
    return typed


def _typed(what: Text) -> str:
    words = what.in_language(output.language())
    return str(typer.prompt(words, hide_input=True, err=True))


def _somebody_is_there() -> bool:
    """Whether what is typed can be hidden: getpass would read it aloud, with a warning."""
    if sys.stdin.isatty():
        return True
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
