"""Files of revocation lists in a folder that several processes share.

Each is replaced whole by another of its name, never altered: so who read one sees by its mark alone
whether another is there now.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography import x509

_NEW = ".new"
LOCK = ".lock"
"""The file that who writes into a folder holds; there is nothing in it."""
RUN = ".run"
"""The file whose time says when the folder was last brought up to date; there is nothing in it."""


class Mark(NamedTuple):
    """What tells a file from another one of its name."""

    inode: int
    written_ns: int
    size: int


def file_name(issuer: x509.Certificate, partition: str, kind: str = "") -> str:
    """Of a partition's list; generations of an authority have one name, so the certificate says
    which is meant. ``kind``: of list, where it is not the usual one."""
    return f"{name_start(issuer)}{partition}{kind}.crl"


def name_start(issuer: x509.Certificate) -> str:
    """With which the names of an issuer's lists begin."""
    return f"{hashlib.sha256(issuer.public_bytes(Encoding.DER)).hexdigest()[:32]}-"


def mark_of(file: Path) -> Mark | None:
    """None where there is none. Raises ``OSError``."""
    try:
        return _mark(file.stat())
    except FileNotFoundError:
        return None


def read_marked(file: Path) -> tuple[bytes, Mark]:
    """Raises ``OSError``."""
    with file.open("rb") as opened:
        mark = _mark(os.fstat(opened.fileno()))
        return opened.read(), mark


def write_whole(file: Path, der: bytes) -> Mark:
    """Whole or not at all. Raises ``OSError``."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=_NEW)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(der)
            out.flush()
            # A power failure must leave a list: its number is what older ones are held against.
            os.fsync(out.fileno())
            mark = _mark(os.fstat(out.fileno()))
        os.replace(temporary, file)  # noqa: PTH105 - a name as mkstemp gives it
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108
        raise
    return mark


@contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Of all threads and processes; waits for the one before, which is done in a moment. The system
    lets go of it however this process ends. Raises ``OSError``."""
    held = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def note_run(folder: Path, at: datetime) -> None:
    """That the folder was brought up to date at a moment. Raises ``OSError``."""
    file = folder / RUN
    file.touch(mode=0o600)
    os.utime(file, (at.timestamp(), at.timestamp()))


def last_run(folder: Path) -> datetime | None:
    """When it was; None: never. Raises ``OSError``."""
    try:
        return datetime.fromtimestamp((folder / RUN).stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def drop_unfinished(folder: Path) -> None:
    """What writers left that were killed. Raises ``OSError``."""
    with one_writer(folder):
        for one in folder.glob(f".*{_NEW}"):
            one.unlink(missing_ok=True)


def _mark(status: os.stat_result) -> Mark:
    return Mark(status.st_ino, status.st_mtime_ns, status.st_size)
