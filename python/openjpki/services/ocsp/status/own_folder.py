"""A folder of files that one process alone reads and writes, and what makes a file its own."""

from __future__ import annotations

import fcntl
import os
import stat
from threading import Lock
from typing import TYPE_CHECKING

from openjpki.services.ocsp.status.saved_position import UnfitFileError

if TYPE_CHECKING:
    from pathlib import Path

_lock = Lock()
_held: dict[tuple[int, int], int] = {}
"""Open folders by device and inode, for the life of this process: the system lets go of them
however it ends."""


def hold(folder: Path) -> bool:
    """Have a folder for this process, to its end; whether it only now became its own.

    Two that write files of one name would put half of the one in the other's place. Raises
    :class:`UnfitFileError` while another process has it, and as :func:`be_own`; ``OSError``.
    """
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(opened)
        _require_own(found)
        with _lock:
            if (found.st_dev, found.st_ino) in _held:
                return False
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _held[found.st_dev, found.st_ino] = opened
            opened = -1
            return True
    except BlockingIOError as error:
        raise UnfitFileError("another process has the folder") from error
    finally:
        if opened >= 0:
            os.close(opened)


def be_own(path: Path) -> None:
    """Raises :class:`UnfitFileError` for what this user has not written, or others may change."""
    _require_own(path.lstat())


def _require_own(found: os.stat_result) -> None:
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise UnfitFileError("it is no file and no folder")
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UnfitFileError("it may be somebody else's")
