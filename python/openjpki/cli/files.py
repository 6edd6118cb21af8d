"""Files that commands write: looked at before anything is done that can't be done again."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from openjpki.cli.misused import Misused
from openjpki.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


_over = False


def write_over(wanted: bool) -> None:  # noqa: FBT001 - an option's value
    """Says for this run of the command line whether files that are there may be written over."""
    global _over
    _over = wanted


def writable(path: Path | None) -> Path | None:
    """For ``typer.Option(callback=writable)``: :class:`Misused` where no such file can be made, or
    there is one and the command line does not say ``--force``."""
    placeable(path)
    if path is not None and path.exists() and not _over:
        raise Misused(
            Text(
                ja=f"{path}は既にあります。上書きするには--forceを指定してください。",
                en=f"{path} exists; --force writes over it",
            )
        )
    return path


def placeable(path: Path | None) -> Path | None:
    """The same of a file that its writer never replaces: what is there is its matter."""
    if path is None:
        return None
    place = _place(path)
    if not place.parent.is_dir():
        folder = place.parent
        raise Misused(
            Text(ja=f"フォルダー{folder}がありません。", en=f"there is no folder {folder}")
        )
    if place.is_dir():
        raise Misused(Text(ja=f"{path}はフォルダーです。", en=f"{path} is a folder"))
    # The folder too: a file is made beside the one that it takes the place of.
    needed = {place} if _is_written_to(place) else {place.parent, place}
    if not all(os.access(one, os.W_OK) for one in needed if one.exists()):
        raise Misused(
            Text(ja=f"{path}に書き込む権限がありません。", en=f"{path} may not be written")
        )
    return path


def _place(path: Path) -> Path:
    """Where a link points. Raises ``OSError`` for links that lead around."""
    try:
        path.stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise
    return path.resolve()


def _is_written_to(place: Path) -> bool:
    """Whether it is a device or a pipe, which nothing takes the place of."""
    return place.exists() and not place.is_file()


def write(path: Path, octets: bytes) -> None:
    """A file with all of this in it, or as it was before. Raises ``OSError`` with its name."""
    with appearing(path) as file:
        file.write(octets)


@contextmanager
def appearing(path: Path) -> Iterator[BinaryIO]:
    """A file that is there once all of it is written; until then, and on any failure, what was
    there before stays. Who may read what was there may read what takes its place, and nobody else.
    Raises ``OSError`` with its name."""
    try:
        # Where a link points; a device or a pipe is written to, not replaced.
        place = _place(path)
        if _is_written_to(place):
            with place.open("wb") as file:
                yield file
            return
        partial = place.with_name(f".openjpki-{secrets.token_hex(8)}.partial")
        try:
            with partial.open("xb") as file:
                if place.exists():
                    os.fchmod(file.fileno(), stat.S_IMODE(place.stat().st_mode))
                yield file
            partial.replace(place)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        # A full disk has no name, and the other name says nothing to anybody.
        error.filename = str(path)
        raise
