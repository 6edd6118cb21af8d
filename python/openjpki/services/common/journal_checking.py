"""Whether the journal in a service's database still is what was sealed (R8.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.storage.kernel import segments
from openjpki.storage.kernel.segments import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.storage.kernel.database import Database


@dataclass(frozen=True, slots=True)
class CheckedBook:
    """One stream's book of one retention class."""

    stream: str
    retention: str
    """The class, or the text that stands in its place."""
    segments: int
    sealed: int
    """How many of them have a digest, those disposed of among them."""
    entries: int
    """How many were ever written."""
    digest: bytes | None
    """Of the newest segment that has one: whoever noted an earlier digest finds it again in this
    chain, or does not."""
    faults: tuple[Fault, ...]


def check_journal(database: Database) -> Iterator[CheckedBook]:
    """Read every book once, each in one view of the database. Raises ``SERVICE_UNAVAILABLE``."""
    with database.reading() as tx:
        books = segments.books_of(tx)
    for stream, retention in books:
        if isinstance(retention, str):
            yield CheckedBook(
                stream=stream,
                retention=retention,
                segments=0,
                sealed=0,
                entries=0,
                digest=None,
                faults=(Fault(0, FaultKind.BOOK_UNREADABLE),),
            )
            continue
        with database.reading() as tx:
            of_book = segments.segments_of(tx, stream, retention, left_out=lambda _: None)
            found = segments.faults(tx, stream, retention)
        digests = [one.digest for one in of_book if one.digest is not None]
        yield CheckedBook(
            stream=stream,
            retention=retention.value,
            segments=len(of_book),
            sealed=len(digests),
            entries=of_book[-1].last_entry if of_book else 0,
            digest=digests[-1] if digests else None,
            faults=tuple(found),
        )
