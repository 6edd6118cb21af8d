"""Files that commands write: looked at before anything is done that can't be done again."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


_over = False


def write_over(wanted: bool) -> None:  # noqa: FBT001 - an option's value
    """Says for this run of the command line whether files that are there may be written over."""
    global _over
    _over = wanted


def writable(path: Path | None) -> Path | None:
    """For ``typer.Option(callback=writable)``: a usage error where no such file can be made, or
    there is one and the command line does not say ``--force``."""
    placeable(path)
    if path is not None and path.exists() and not _over:
        raise typer.BadParameter(f"{path} exists; --force writes over it")
    return path


def placeable(path: Path | None) -> Path | None:
    """The same of a file that its writer never replaces: what is there is its matter."""
    if path is None:
        return None
    if not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}")
    if path.is_dir():
        raise typer.BadParameter(f"{path} is a folder")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise typer.BadParameter(f"{path} may not be written")
    return path


@contextmanager
def appearing(path: Path) -> Iterator[BinaryIO]:
    """A file that is there once all of it is written; until then, and on any failure, what was
    there before stays."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
