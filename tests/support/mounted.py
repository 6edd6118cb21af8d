"""File systems of a test's own, where it may mount one."""

from __future__ import annotations

import errno
import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A new folder that is a disk of this size, as ``mount`` reads it; skips without the right."""
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={size}", "none", folder)
    yield folder
    _unmount(folder)


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """A file or folder that whoever opens it now may only read, root too. What others have open
    already they may write to."""
    _mount("--bind", path, path)
    try:
        _mount("-o", "remount,ro,bind", path)
        yield
    finally:
        _unmount(path)


def fill(ballast: Path) -> None:
    """A file that takes what is left of its disk."""
    out = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(out, bytes(4096)):
            pass
    except OSError as error:
        assert error.errno == errno.ENOSPC  # noqa: PT017
    finally:
        os.close(out)


def _mount(*arguments: object) -> None:
    command = ["mount", *map(str, arguments)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a file system")


def _unmount(path: Path) -> None:
    subprocess.run(["umount", "-l", str(path)], check=True)
