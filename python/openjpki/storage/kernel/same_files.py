"""SQLite's files under a running service: whether they are still the ones that it opened.

A file that was removed or replaced is written to all the same, and what was written is gone when
the process ends. An answer is given only for what is in the file that the next start will open.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError

from openjpki.storage.kernel.failures import StorageReplacedError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

_Identity = tuple[int, int] | None
_FILES = "openjpki_files"
_NEW, _ONLY_READS = "openjpki_new", "openjpki_only_reads"


class _Opened:
    """What one connection opened, and what none of the engine's may any more."""

    def __init__(self, engine_s: _Engine) -> None:
        self._engine = engine_s
        self._files = {path: _identity(path) for path in (engine_s.file, engine_s.log)}

    def require(self) -> None:
        """Raises ``INTERNAL``, from then on for every connection."""
        for path, opened in self._files.items():
            found = _identity(path)
            if opened is None:
                # The log of a database that is new is made by the first who writes.
                self._files[path] = found
            elif found != opened:
                self._engine.lost = True
                raise StorageReplacedError


class _Engine:
    """The files of an engine's database."""

    def __init__(self, file: Path) -> None:
        self.file, self.log = file, file.with_name(f"{file.name}-wal")
        self.known: _Identity = None
        self.lost = False
        """What others still have open and a new connection would not see must not be mixed with
        what that one writes: the process starts anew."""


def keep_to_files(engine: Engine, file: Path) -> None:
    """Has the engine's connections be refused once ``file``, or its write-ahead log, is another
    than what they opened. None is opened to another one either."""
    ours = _Engine(file)

    @event.listens_for(engine, "do_connect")
    def _open(*_: Any) -> None:
        if ours.lost or (ours.known is not None and _identity(file) != ours.known):
            raise StorageReplacedError

    # The last of the listeners: a log is there once the connection has looked at the file.
    @event.listens_for(engine, "connect")
    def _note(_connection: object, entry: ConnectionPoolEntry) -> None:
        ours.known = ours.known or _identity(file)
        entry.info[_FILES] = _Opened(ours)

    @event.listens_for(engine, "checkout")
    def _look(_connection: object, entry: ConnectionPoolEntry, _proxy: object) -> None:
        entry.info[_FILES].require()


def drop_what_only_reads(engine: Engine, file: Path) -> None:
    """Has no connection be used again that was made while ``file`` could only be read: it never
    writes, whatever becomes of the file."""

    @event.listens_for(engine, "connect")
    def _note(_connection: object, entry: ConnectionPoolEntry) -> None:
        entry.info[_NEW], entry.info[_ONLY_READS] = True, only_reads(file)

    @event.listens_for(engine, "checkout")
    def _drop(_connection: object, entry: ConnectionPoolEntry, _proxy: object) -> None:
        if not entry.info.pop(_NEW, False) and entry.info[_ONLY_READS]:
            # The pool makes another.
            raise DisconnectionError


def only_reads(file: Path) -> bool:
    """Whether it is there and can't be written to. Without opening it: closing what was opened
    would end SQLite's locks."""
    return file.exists() and not os.access(file, os.W_OK)


def require_same_files(connection: Connection) -> None:
    """After a commit: that it went where it is found again. Raises ``INTERNAL``."""
    opened = connection.info.get(_FILES)
    if opened is not None:
        opened.require()


def _identity(file: Path) -> _Identity:
    try:
        found = os.stat(file)  # noqa: PTH116 - at each transaction
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
