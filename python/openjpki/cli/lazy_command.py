"""Commands that are imported when they are used, so that none waits for another's libraries.

What only a developer's machine needs is in a distribution of its own, ``openjpki-devkit``, which
registers its commands as entry points of the group :data:`GROUP`. They are listed here without it
too, and say what to install.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module, metadata
from typing import Any

import typer
from typer.core import TyperCommand
from typer.main import get_command, get_group

from openjpki.cli.explaining import explaining
from openjpki.cli.garbage_collection import without_garbage_collection
from openjpki.errors import OpenJpkiError, Reason

DEVKIT = "openjpki-devkit"
GROUP = "openjpki.commands"


@dataclass(frozen=True, slots=True)
class Entry:
    """A command, or a group of them, and where it is written."""

    name: str
    help: str
    """Its line in the list of commands; the first line of its own help."""
    place: str | None = None
    """``module:attribute``: a function that is a command, or a ``typer.Typer`` that is a group.
    None for what only the devkit has."""
    devkit: str | None = None
    """Name of the devkit's entry point, taken where the devkit is installed."""
    subcommands: tuple[Entry, ...] = ()
    """Commands of the group that are written elsewhere."""
    extra: str = "services"
    """Of the distribution, with the libraries that the command needs."""


class LazyCommand(TyperCommand):
    """Stands in the list of commands; turns into the real one when it is called."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(name=entry.name, help=entry.help, callback=None)
        self._entry = entry

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """The real command's context; what is invoked from here on is the real command."""
        return load(self._entry).make_context(*args, **kwargs)


def load(entry: Entry) -> Any:
    """The real command of an entry. Raises ``INVALID_FIELD`` where what it needs is not
    installed: the devkit, or the services' libraries."""
    with without_garbage_collection():
        found = _find(entry)
    if isinstance(found, typer.Typer):
        command: Any = get_group(found)
        for more in entry.subcommands:
            command.add_command(LazyCommand(more))
    else:
        # Completion is offered once, by the program itself.
        alone = typer.Typer(add_completion=False)
        alone.command(entry.name)(found)
        command = get_command(alone)
    command.name = entry.name
    explaining(command)
    return command


def _find(entry: Entry) -> Any:
    if entry.devkit is not None and (point := _in_devkit(entry.devkit)) is not None:
        return point.load()
    if entry.place is None:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"`{entry.name}` comes with {DEVKIT}, which is not installed here",
            field="command",
        )
    module, _, attribute = entry.place.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] == "openjpki":
            raise
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"`{entry.name}` needs more than is installed here; install openjpki[{entry.extra}]",
            field="command",
        ) from missing


def _in_devkit(name: str) -> metadata.EntryPoint | None:
    try:
        points = metadata.distribution(DEVKIT).entry_points
    except metadata.PackageNotFoundError:
        return None
    return next(iter(points.select(group=GROUP, name=name)), None)
