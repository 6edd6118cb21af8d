"""Commands that are imported when they are used, so that none waits for another's libraries."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand
from typer.main import get_command, get_group

from openjpki.cli.collection import loading


@dataclass(frozen=True, slots=True)
class Entry:
    """A command, or a group of them, and where it is written."""

    name: str
    module: str
    attribute: str
    """A function that is a command, or a ``typer.Typer`` that is a group."""
    help: str
    """Its line in the list of commands; the first line of its own help."""


class LazyCommand(TyperCommand):
    """Stands in the list of commands; turns into the real one when it is called."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(name=entry.name, help=entry.help, callback=None)
        self._entry = entry

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """The real command's context; what is invoked from here on is the real command."""
        return load(self._entry).make_context(*args, **kwargs)


def load(entry: Entry) -> Any:
    """The real command of an entry."""
    with loading():
        found = getattr(import_module(entry.module), entry.attribute)
    if isinstance(found, typer.Typer):
        command: Any = get_group(found)
    else:
        # Completion is offered once, by the program itself.
        alone = typer.Typer(add_completion=False)
        alone.command(entry.name)(found)
        command = get_command(alone)
    command.name = entry.name
    return command
