"""Fills a ca's SQLite file with as many certificates as wanted, in every table where ca keeps one.

Two certificates that ca issued itself, one of them revoked since, are taken as patterns. What is
one certificate's alone differs from copy to copy: serial number, key, person, request, its places
in the status feed and in the journal, and its moments, which are spread over the last three years.
The rest, the octets that were signed among it, is the pattern's: no statement looks into those.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from openjpki.domain.retention import RetentionClass
from openjpki.services.common.journal_keeping import RULE
from openjpki.storage.ca.tables import metadata
from openjpki.storage.kernel import segments
from openjpki.storage.kernel.columns import UtcTime
from openjpki.storage.kernel.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Column

    from openjpki.domain.authority import AuthorityId

REVOKED_EVERY = 20
_AT_ONCE = 50_000
_SPREAD = 3 * 365 * 86_400
_OWN = {
    "serial": "c.serial",
    "person_reference": "c.person",
    "request_id": "c.request_id",
    "key_fingerprint": "c.fingerprint",
    "fingerprint": "c.fingerprint",
}
_BY_SERIAL = ("serials", "issuances", "certificates", "evidence")
_CLONES = """CREATE TEMP TABLE clones (
    serial BLOB, person BLOB, fingerprint BLOB, request_id TEXT, back TEXT, event INTEGER,
    entry INTEGER, revoked INTEGER
)"""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A certificate that ca issued itself."""

    serial: bytes
    fingerprint: bytes
    revoked: bool
    events: list[int]
    """Its places in the feed."""
    entries: list[int]
    """Its places in the journal."""


def fill(
    path: Path, authority_id: AuthorityId, count: int, progress: Callable[[int], None]
) -> None:
    """So many certificates of an authority, one in :data:`REVOKED_EVERY` revoked.

    ``path``: the file of a ca that is not running, which has issued two or more certificates and
    revoked one or more of them. ``progress`` is told how many there are, now and then.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # What a power cut takes away here is made again.
        connection.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000")
        connection.execute(_CLONES)
        filling = _Filling(connection, str(authority_id), count)
        for first in range(0, count, _AT_ONCE):
            connection.execute("BEGIN IMMEDIATE")
            filling.add(range(first, min(first + _AT_ONCE, count)))
            connection.execute("COMMIT")
            _keep_journal(path)
            progress(min(first + _AT_ONCE, count))
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise RuntimeError("a row was copied without the one that it refers to")
    # What the filling still has to write would be waited for by the first commits after it.
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _keep_journal(path: Path) -> None:
    """Close and seal what is long enough, as a running ca does."""
    with closing(Database(f"sqlite:///{path}")) as database:
        now = datetime.now(UTC)
        segments.close_due(database, RULE, now)
        segments.seal_closed(database, now)


class _Filling:
    """The patterns, and how far the numbers have come."""

    def __init__(self, connection: sqlite3.Connection, authority: str, count: int) -> None:
        self._connection = connection
        self._authority = authority
        self._count = count
        self._good, self._ended = self._pattern(revoked=False), self._pattern(revoked=True)

    def add(self, numbers: range) -> None:
        self._connection.execute("DELETE FROM clones")
        self._connection.executemany(
            "INSERT INTO clones VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self._clones(numbers)
        )
        for pattern in (self._good, self._ended):
            for table in _BY_SERIAL:
                self._copy(table, pattern, "t.authority_id = ? AND t.serial = ?", pattern.serial)
            self._copy(
                "used_keys",
                pattern,
                "t.authority_id = ? AND t.fingerprint = ?",
                pattern.fingerprint,
            )
            if pattern.revoked:
                last = len(pattern.events) - 1
                self._copy(
                    "revocations",
                    pattern,
                    "t.authority_id = ? AND t.serial = ?",
                    pattern.serial,
                    sequence=f"c.event + {last}",
                )
            for place, number in enumerate(pattern.events):
                self._copy(
                    "feed_events",
                    pattern,
                    "t.authority_id = ? AND t.sequence = ?",
                    number,
                    sequence=f"c.event + {place}",
                )
            for place, number in enumerate(pattern.entries):
                self._copy(
                    "journal",
                    pattern,
                    f"t.stream = ? AND t.retention = '{_CLASS}' AND t.number = ?",
                    number,
                    number=f"c.entry + {place}",
                    segment=str(self._open_segment()),
                    subject="lower(hex(c.serial))",
                )
        self._connection.execute(
            "UPDATE feeds SET head = (SELECT max(sequence) FROM feed_events"
            " WHERE authority_id = feeds.authority_id) WHERE authority_id = ?",
            (self._authority,),
        )
        # The table's guard lets a segment grow by one entry at a time.
        entered = self._one("SELECT max(number) FROM journal WHERE stream = ? AND retention = ?")
        self._connection.executemany(
            "UPDATE journal_segments SET last_entry = last_entry + 1"
            " WHERE stream = ? AND retention = ? AND state = 'open'",
            itertools.repeat((self._authority, _CLASS), entered - self._last_entry()),
        )

    def _copy(
        self, table: str, pattern: _Pattern, where: str, key: bytes | int, **replaced: str
    ) -> None:
        values = [
            replaced.get(column.name) or _OWN.get(column.name) or _kept(column)
            for column in metadata.tables[table].c
        ]
        names = [f'"{column.name}"' for column in metadata.tables[table].c]
        self._connection.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)}"  # noqa: S608
            f" FROM clones c CROSS JOIN {table} t WHERE {where} AND c.revoked = ? ORDER BY c.rowid",
            (self._authority, key, pattern.revoked),
        )

    def _clones(self, numbers: range) -> Iterator[tuple[object, ...]]:
        event = self._one("SELECT head FROM feeds WHERE authority_id = ?", self._authority) + 1
        entry = self._last_entry() + 1
        for number in numbers:
            # In order, as rows are put behind one another quickly, and as far apart as random ones.
            place = (0x40000000 + (number * 0x3FFFFFFF) // self._count).to_bytes(4, "big")
            random = place + hashlib.sha256(number.to_bytes(8, "big")).digest()[:28]
            revoked = number % REVOKED_EVERY == 0
            pattern = self._ended if revoked else self._good
            text = random.hex()
            request_id = f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:32]}"
            back = f"-{_SPREAD - number * _SPREAD // self._count} seconds"
            yield random[:20], random, random, request_id, back, event, entry, revoked
            event += len(pattern.events)
            entry += len(pattern.entries)

    def _pattern(self, *, revoked: bool) -> _Pattern:
        serial, fingerprint = self._connection.execute(
            "SELECT i.serial, i.key_fingerprint FROM issuances i LEFT JOIN revocations r"
            " ON r.authority_id = i.authority_id AND r.serial = i.serial WHERE i.authority_id = ?"
            " AND i.kind = 'user' AND (r.serial IS NOT NULL) = ? LIMIT 1",
            (self._authority, revoked),
        ).fetchone()
        events = self._connection.execute(
            "SELECT sequence FROM feed_events WHERE authority_id = ? AND serial = ? ORDER BY 1",
            (self._authority, serial),
        )
        entries = self._connection.execute(
            "SELECT number FROM journal WHERE stream = ? AND subject = ? AND retention = ?"
            " ORDER BY 1",
            (self._authority, serial.hex(), _CLASS),
        )
        return _Pattern(
            serial, fingerprint, revoked, [row[0] for row in events], [row[0] for row in entries]
        )

    def _open_segment(self) -> int:
        return self._one(
            "SELECT segment FROM journal_segments"
            " WHERE stream = ? AND retention = ? AND state = 'open'"
        )

    def _last_entry(self) -> int:
        return self._one(
            "SELECT last_entry FROM journal_segments"
            " WHERE stream = ? AND retention = ? AND state = 'open'"
        )

    def _one(self, query: str, *asked: str) -> int:
        parameters = asked or (self._authority, _CLASS)
        number: int = self._connection.execute(query, parameters).fetchone()[0]
        return number


_CLASS = RetentionClass.USER_CERTIFICATES.value


def _kept(column: Column[object]) -> str:
    """The pattern's; a moment, as far back as the copy's is."""
    if isinstance(column.type, UtcTime):
        return f"strftime('%Y-%m-%d %H:%M:%f', t.\"{column.name}\", c.back) || '000'"
    return f't."{column.name}"'
