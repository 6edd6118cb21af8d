"""The record of acts: append-only, written in the transaction of the act itself (R2.4.3, R8.1).

An act and its entry are durable together or not at all. Entries are numbered from 1 without gaps
within their stream (an authority, a municipality, a verifier ...), so a missing one shows. The
database refuses to change or remove them. A ledger service can stand behind the same port.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import select, update

from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.common_tables import journal as _journal
from openjpki.storage.kernel.common_tables import journal_heads as _heads
from openjpki.storage.kernel.details import Details

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading, Transaction

__all__ = ["Details", "Entry", "Journal", "SqlJournal"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One act as it was recorded."""

    stream: str
    number: int
    """From 1, rising by one within the stream."""
    at: datetime
    act: str
    """What was done, e.g. ``certificate.issued``."""
    actor: str
    """Who did it: a SPIFFE id, an officer's id, or ``recovery``."""
    subject: str
    """What it was done to: a serial number in hexadecimal, an application's id ..."""
    details: Details


class Journal(Protocol):
    """Where acts leave their record."""

    def append(
        self,
        tx: Transaction,
        *,
        stream: str,
        act: str,
        actor: str,
        subject: str,
        details: Details,
        at: datetime,
    ) -> int:
        """Record an act in the transaction that does it; the entry's number in its stream.

        Writers of one stream wait for each other from here to the commit: append last.
        """


class SqlJournal:
    """The journal in the service's own database."""

    def append(
        self,
        tx: Transaction,
        *,
        stream: str,
        act: str,
        actor: str,
        subject: str,
        details: Details,
        at: datetime,
    ) -> int:
        """See :class:`Journal`."""
        insert_if_absent(tx, _heads, stream=stream, number=0)
        number: int = tx.connection.execute(
            update(_heads)
            .where(_heads.c.stream == stream)
            .values(number=_heads.c.number + 1)
            .returning(_heads.c.number)
        ).scalar_one()
        tx.connection.execute(
            _journal.insert().values(
                stream=stream,
                number=number,
                at=at,
                act=act,
                actor=actor,
                subject=subject,
                details=details.as_json(),
            )
        )
        return number

    def read(self, tx: Reading, stream: str, *, after: int = 0) -> Iterator[Entry]:
        """Entries of a stream in order, those with a number above ``after``."""
        rows = tx.connection.execute(
            select(_journal)
            .where(_journal.c.stream == stream, _journal.c.number > after)
            .order_by(_journal.c.number)
        )
        for row in rows:
            yield Entry(
                stream=row.stream,
                number=row.number,
                at=row.at,
                act=row.act,
                actor=row.actor,
                subject=row.subject,
                details=Details(json.loads(row.details)),
            )
