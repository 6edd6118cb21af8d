"""A bar on stderr while a command works through many rows; nothing where nobody looks."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import Progress

from openjpki.cli import output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Gives a function to call with the number of rows done so far."""
    with counting_of_many(what) as told:
        told(0, total)
        yield lambda rows: told(rows, total)


@contextmanager
def counting_of_many(what: str) -> Iterator[Callable[[int, int], None]]:
    """Gives a function to call with the number of rows done so far, and of how many, which nobody
    knew before."""
    with Progress(
        console=output.stderr, transient=True, disable=not output.stderr.is_terminal
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda rows, total: bar.update(task, completed=rows, total=total)
