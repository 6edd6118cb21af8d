"""Revocation lists: what goes into one, and those that were published (R3.2, R4.1.2)."""

from __future__ import annotations

import array
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from openjpki.storage.ca.kinds import AUTHORITY_PARTITION
from openjpki.storage.ca.tables import revocation_lists as _lists
from openjpki.storage.ca.tables import revocations as _revocations

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction

KEEP = 3
"""Lists per scope whose bytes are kept; of older ones only the facts."""

_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFacts:
    """A published list without its bytes."""

    authority_id: AuthorityId
    generation: int
    """Whose certificates it is about, and whose key signed it."""
    partition: str
    """Of users' certificates, or ``authority``."""
    number: int
    """cRLNumber, rising within generation and scope."""
    this_update: datetime
    next_update: datetime
    entries: int
    as_of: int
    """Position of the authority's feed: every revocation up to it, and none behind it, is in."""
    sha256: bytes


@dataclass(frozen=True, slots=True)
class RevokedColumns:
    """Entries of a list, by serial number, column by column, as the encoders take them."""

    serials: bytes
    """Big-endian, unsigned, one after the other."""
    serial_lengths: bytes
    """Octets of each serial, one octet an entry."""
    reasons: bytes
    """One octet an entry: CRLReason."""
    revoked_at: bytes
    """Seconds since 1970 UTC, eight octets an entry, little-endian."""


def revoked(
    tx: Reading,
    authority_id: AuthorityId,
    generation: int,
    partition: str,
    *,
    expired_before: datetime | None,
) -> RevokedColumns:
    """What a generation's list of this scope has to hold.

    Entries whose certificates expired before ``expired_before`` are left out: that is thisUpdate
    of the list before, which was the first one after their expiry and still held them
    (RFC 5280, 3.3). None keeps all. An entry takes some 30 octets: rows come from the database
    a few thousand at a time, and none is kept as an object.
    """
    statement = (
        select(_revocations.c.serial, _revocations.c.reason_code, _revocations.c.revoked_at)
        .where(
            _revocations.c.authority_id == authority_id,
            _revocations.c.generation == generation,
            _revocations.c.partition == partition,
        )
        .order_by(_revocations.c.serial)
    )
    if expired_before is not None:
        statement = statement.where(_revocations.c.not_after >= expired_before)
    serials, lengths, reasons = bytearray(), bytearray(), bytearray()
    revoked_at = array.array("q")
    rows = tx.connection.execute(statement.execution_options(yield_per=_ROWS_AT_ONCE))
    for serial, reason, moment in rows:
        serials += serial
        lengths.append(len(serial))
        reasons.append(reason)
        revoked_at.append(int(moment.timestamp()))
    if sys.byteorder == "big":
        revoked_at.byteswap()
    return RevokedColumns(
        serials=bytes(serials),
        serial_lengths=bytes(lengths),
        reasons=bytes(reasons),
        revoked_at=revoked_at.tobytes(),
    )


def partitions_in_use(tx: Reading, authority_id: AuthorityId, generation: int) -> set[str]:
    """Every scope of a generation that a list was published for or that has revocations."""
    published, with_entries = (
        select(table.c.partition).where(
            table.c.authority_id == authority_id, table.c.generation == generation
        )
        for table in (_lists, _revocations)
    )
    return set(tx.connection.execute(published.union(with_entries)).scalars())


def unpublished(tx: Reading) -> list[tuple[AuthorityId, int]]:
    """(authority, generation) of every authority list that lacks a revocation, by both."""
    last = tx.connection.execute(
        select(
            _revocations.c.authority_id,
            _revocations.c.generation,
            func.max(_revocations.c.sequence).label("sequence"),
        )
        .where(_revocations.c.partition == AUTHORITY_PARTITION)
        .group_by(_revocations.c.authority_id, _revocations.c.generation)
        .order_by(_revocations.c.authority_id, _revocations.c.generation)
    ).all()
    # One after the other by the key of the table: there are few, and of lists there are many.
    behind = []
    for row in last:
        newest_list = newest(tx, row.authority_id, row.generation, AUTHORITY_PARTITION)
        if newest_list is None or newest_list.as_of < row.sequence:
            behind.append((row.authority_id, row.generation))
    return behind


def newest(
    tx: Reading, authority_id: AuthorityId, generation: int, partition: str
) -> ListFacts | None:
    """A generation's newest list of a scope, or None."""
    rows = tx.connection.execute(
        select(*_FACTS)
        .where(
            _lists.c.authority_id == authority_id,
            _lists.c.generation == generation,
            _lists.c.partition == partition,
        )
        .order_by(_lists.c.number.desc())
        .limit(1)
    ).mappings()
    return next((ListFacts(**row) for row in rows), None)


def newest_of_all(tx: Reading, authority_id: AuthorityId) -> list[ListFacts]:
    """The newest list of each generation and scope of an authority."""
    scope = (_lists.c.generation, _lists.c.partition)
    tops = (
        select(*scope, func.max(_lists.c.number).label("number"))
        .where(_lists.c.authority_id == authority_id)
        .group_by(*scope)
        .subquery()
    )
    rows = tx.connection.execute(
        select(*_FACTS)
        .join(
            tops,
            (tops.c.generation == _lists.c.generation)
            & (tops.c.partition == _lists.c.partition)
            & (tops.c.number == _lists.c.number),
        )
        .where(_lists.c.authority_id == authority_id)
        .order_by(*scope)
    ).mappings()
    return [ListFacts(**row) for row in rows]


def read(tx: Reading, facts: ListFacts) -> bytes | None:
    """The bytes of a list, or None if they were dropped."""
    found = tx.connection.execute(
        select(_lists.c.list).where(
            _lists.c.authority_id == facts.authority_id,
            _lists.c.generation == facts.generation,
            _lists.c.partition == facts.partition,
            _lists.c.number == facts.number,
        )
    ).scalar()
    return None if found is None else bytes(found)


def piece(tx: Reading, facts: ListFacts, start: int, size: int) -> bytes:
    """Octets ``start`` to ``start + size`` of a list; empty behind its end or if dropped."""
    found = tx.connection.execute(
        select(func.substr(_lists.c.list, start + 1, size, type_=_lists.c.list.type)).where(
            _lists.c.authority_id == facts.authority_id,
            _lists.c.generation == facts.generation,
            _lists.c.partition == facts.partition,
            _lists.c.number == facts.number,
        )
    ).scalar()
    return bytes(found or b"")


def add(tx: Transaction, facts: ListFacts, der: bytes) -> None:
    """Publish a list. Another one with the number is a conflict; bytes of old ones go."""
    tx.connection.execute(
        _lists.insert().values(
            authority_id=facts.authority_id,
            generation=facts.generation,
            partition=facts.partition,
            number=facts.number,
            this_update=facts.this_update,
            next_update=facts.next_update,
            entries=facts.entries,
            as_of=facts.as_of,
            sha256=facts.sha256,
            list=der,
        )
    )
    tx.connection.execute(
        update(_lists)
        .where(
            _lists.c.authority_id == facts.authority_id,
            _lists.c.generation == facts.generation,
            _lists.c.partition == facts.partition,
            _lists.c.number <= facts.number - KEEP,
            _lists.c.list.is_not(None),
        )
        .values(list=None)
    )


_FACTS = [column for column in _lists.c if column.name != "list"]
