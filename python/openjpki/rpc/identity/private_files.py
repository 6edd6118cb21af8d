"""Files that appear whole and with the right mode, or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Writes a file only its owner can read; it never exists in a weaker mode."""
    _replace(path, content, 0o600)


def write_private_once(path: Path, content: bytes) -> bool:
    """As :func:`write_private`, where there is no such file yet; False: there is one, whoever was
    first, and it stays."""
    temporary = _written(path, content, 0o600)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    return True


def write_public(path: Path, content: bytes) -> None:
    """Writes a file everybody may read."""
    _replace(path, content, 0o644)


def _replace(path: Path, content: bytes, mode: int) -> None:
    temporary = _written(path, content, mode)
    try:
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _written(path: Path, content: bytes, mode: int) -> Path:
    """A file under another name, whole and on disk."""
    # mkstemp makes it 0600; beside its goal, so that the rename is within one file system.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), mode)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
