"""The folder of a mirror: its owner's alone, and of one run at a time.

Lists of users' certificates go to registered verifiers only (R6.1.2), so nobody else on the machine
may read them.
"""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

ALONE = ".alone"
"""The file that a run holds; there is nothing in it. On NFS the folder itself can't be held."""
_PART = ".part"


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Holds the folder, made when missing. The system lets go of it however this process ends.

    Raises ``CONFLICTING_CHANGE`` while another process holds it, ``INVALID_FIELD`` for one that
    others may read or write, ``OSError``.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        status = os.fstat(opened)
        if status.st_uid != os.geteuid() or status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "must be yours alone, mode 0700: users' revocation lists are not public",
                field="folder",
            )
        held = os.open(ALONE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600, dir_fd=opened)
    finally:
        os.close(opened)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OpenJpkiError(
                Reason.CONFLICTING_CHANGE, "is being filled by another run", field="folder"
            ) from None
        yield
    finally:
        os.close(held)


def part_of(folder: Path, sha256: bytes) -> Path:
    """Where what has come of a list waits for the rest; it is no list."""
    return folder / f".{sha256.hex()}{_PART}"


def drop_parts(folder: Path, wanted: Collection[bytes]) -> None:
    """Drop what has come of other lists than ``wanted``, by SHA-256: nobody asks for the rest."""
    kept = {part_of(folder, one).name for one in wanted}
    for part in folder.glob(f".*{_PART}"):
        if part.name not in kept:
            part.unlink(missing_ok=True)
