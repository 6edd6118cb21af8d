"""Commands that check what is kept: a signature that does not verify is their answer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from openjpki.cli import output
from openjpki.cli.exit_codes import ExitCode
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def not_valid_unless_signed() -> Iterator[None]:
    """Ends the command with :attr:`ExitCode.NOT_VALID` where what is kept is no longer what was
    signed; the refusal is told as any."""
    try:
        yield
    except OpenJpkiError as error:
        if error.reason is not Reason.EVIDENCE_SIGNATURE_INVALID:
            raise
        output.report(error)
        raise typer.Exit(ExitCode.NOT_VALID) from error
