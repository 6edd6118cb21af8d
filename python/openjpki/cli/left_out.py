"""Rows that a command could not read: it shows the rest, and then says that it was not all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from openjpki.cli import output
from openjpki.cli.exit_codes import ExitCode
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.storage.kernel.unreadable import Unreadable

_NAMED = 20
"""So many are named; whoever has more looks for their table."""


class LeftOutRows:
    """Is told of each; call :meth:`end` when the rest was shown."""

    def __init__(self) -> None:
        self.found: list[Unreadable] = []

    def __call__(self, one: Unreadable) -> None:
        """Take note of one."""
        self.found.append(one)

    def end(self) -> None:
        """Ends the command with :attr:`ExitCode.NOT_VALID` if there are any, as what was shown is
        not all there is; they are told on stderr, as a refusal is."""
        if not self.found:
            return
        output.report(
            OpenJpkiError(
                Reason.STORED_UNREADABLE,
                f"{len(self.found)} rows can't be read and were left out",
                **self.named(),
            )
        )
        raise typer.Exit(ExitCode.NOT_VALID)

    def named(self) -> dict[str, str]:
        """The first of them, as a refusal's metadata; empty without any. For a command that is
        refused besides: it says one thing on stderr."""
        rows = [f"{one.table} {one.row} ({one.rule})" for one in self.found[:_NAMED]]
        return {"rows": "; ".join(rows)} if rows else {}
