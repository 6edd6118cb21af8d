"""Revocation lists: what goes into one, and those that were published (R3.2, R4.1.2)."""

from __future__ import annotations

import array
import sys
from dataclasses import dataclass, fields
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, literal, select, tuple_, update

from openjpki.storage.ca.kinds import AUTHORITY_PARTITION
from openjpki.storage.ca.tables import delta_lists as _deltas
from openjpki.storage.ca.tables import revocation_lists as _lists
from openjpki.storage.ca.tables import revocations as _revocations
from openjpki.storage.kernel.columns import BigNumber, Bytes, String
from openjpki.storage.kernel.unreadable import (
    NOT_READ,
    Unreadable,
    each_of,
    not_readable,
    plain_pages_of,
    read_each,
    rows_of,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, FromClause, Table

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

KEEP = 3
"""Lists per scope whose bytes are kept; of older complete ones only the facts, of older delta lists
nothing."""

_ROWS_AT_ONCE = 5_000
_UNSPECIFIED = 0
CRL_REASONS = {number: number for number in (0, 1, 2, 3, 4, 5, 6, 9, 10)}
"""CRLReason (RFC 5280, 5.3.1), without what only a delta list may say."""
SERIAL_LENGTHS = {number: number for number in range(1, 21)}
"""Octets of a serial number (RFC 5280, 4.1.2.2)."""
_LOWEST = 1 - 2**63


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaFacts(ListFacts):
    """A published delta list without its bytes; its number is of the complete lists' sequence."""

    base_number: int
    """That of the complete list to which it adds what was revoked since."""


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
    after: int | None = None,
    left_out: LeftOut | None = None,
) -> RevokedColumns:
    """What a generation's list of this scope has to hold.

    Entries whose certificates expired before ``expired_before`` are left out: that is thisUpdate
    of the list before, which was the first one after their expiry and still held them
    (RFC 5280, 3.3). None keeps all. ``after``: a position of the feed, for what was revoked behind
    it alone, as of a delta list. An entry takes some 30 octets: rows come from the database
    a few thousand at a time, and none is kept as an object. ``left_out``: told of one whose reason
    or moment can't be read: it is there all the same, for no stated reason and since ever, as the
    status feed has it. Of which number can't be left out: ``STORED_UNREADABLE``.
    """
    statement = (
        select(_revocations.c.serial, _revocations.c.reason_code, _revocations.c.revoked_at)
        .where(
            _revocations.c.authority_id == authority_id,
            _revocations.c.generation == generation,
            _revocations.c.partition == partition,
        )
        # By an expression: by the column alone SQLite goes through all revocations of the authority
        # in the order of the primary key, for each of its lists.
        .order_by(func.substr(_revocations.c.serial, 1, type_=Bytes))
    )
    if expired_before is not None:
        statement = statement.where(_revocations.c.not_after >= expired_before)
    if after is not None:
        statement = statement.where(_revocations.c.sequence > after)
    serials, lengths, reasons = bytearray(), bytearray(), bytearray()
    revoked_at = array.array("q")
    pages = plain_pages_of(tx, statement, at_once=_ROWS_AT_ONCE)
    moment = pages.made_by("revoked_at")
    for serial, reason, at in chain.from_iterable(pages):
        try:
            lengths.append(SERIAL_LENGTHS[len(serial)])
            serials += serial
        except NOT_READ as error:
            raise not_readable(Unreadable.of(_revocations.name, shown(serial), error)) from error
        try:
            code, since = CRL_REASONS[reason], int(moment(at).timestamp())
        except NOT_READ as error:
            # It was revoked, whatever for and whenever: the list says so of it too.
            unreadable = Unreadable.of(_revocations.name, shown(serial), error)
            if left_out is None:
                raise not_readable(unreadable) from error
            code = since = _UNSPECIFIED
            left_out(unreadable)
        reasons.append(code)
        revoked_at.append(since)
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
    found = set()
    for statement in _NEXT_PARTITION:
        # From each to the next: of one alone there are revocations and lists without number.
        after = ""
        while True:
            asked = {"of_authority": authority_id, "of_generation": generation, "after": after}
            partition = tx.connection.execute(statement, asked).scalar()
            if partition is None:
                break
            found.add(partition)
            after = partition
    return found


def unpublished(tx: Reading, *, left_out: LeftOut | None = None) -> list[tuple[AuthorityId, int]]:
    """(authority, generation) of every authority list that lacks a revocation, or can't be read, by
    both. ``left_out``: told of an authority that can't be."""
    wanted = (
        select(
            _revocations.c.authority_id,
            _revocations.c.generation,
            func.max(_revocations.c.sequence).label("sequence"),
        )
        .where(_revocations.c.partition == AUTHORITY_PARTITION)
        .group_by(_revocations.c.authority_id, _revocations.c.generation)
        .order_by(_revocations.c.authority_id, _revocations.c.generation)
    )
    last = read_each(
        tx,
        wanted,
        lambda row: (row.authority_id, int(row.generation), int(row.sequence)),
        table=_revocations,
        left_out=left_out,
    )
    # One after the other by the key of the table: there are few, and of lists there are many.
    behind = []
    for authority_id, generation, sequence in last:
        unreadable: list[Unreadable] = []
        newest_list = newest(
            tx, authority_id, generation, AUTHORITY_PARTITION, left_out=unreadable.append
        )
        # Whoever makes the next one is told which can't be read.
        if newest_list is None or newest_list.as_of < sequence:
            behind.append((authority_id, generation))
    return behind


def newest(
    tx: Reading,
    authority_id: AuthorityId,
    generation: int,
    partition: str,
    *,
    left_out: LeftOut | None = None,
) -> ListFacts | None:
    """A generation's newest list of a scope, or None. One that can't be read is told to
    ``left_out``, and none takes its place; without it, ``STORED_UNREADABLE`` is raised."""
    wanted = (
        select(*_FACTS)
        .where(
            _lists.c.authority_id == authority_id,
            _lists.c.generation == generation,
            _lists.c.partition == partition,
        )
        .order_by(_lists.c.number.desc())
        .limit(1)
    )
    found = read_each(tx, wanted, _facts, table=_lists, left_out=left_out)
    return found[0] if found else None


def numbers(tx: Reading, authority_id: AuthorityId, generation: int, partition: str) -> list[int]:
    """The numbers of a generation's lists of a scope, complete and delta, of those too that can't
    be read otherwise."""
    found = chain.from_iterable(
        tx.connection.execute(
            select(of.c.number).where(*_of_scope(authority_id, generation, partition, of=of))
        )
        for of in (_lists, _deltas)
    )
    return [row.number for row in found if isinstance(row.number, int)]


def revoked_up_to(tx: Reading, authority_id: AuthorityId, generation: int, partition: str) -> int:
    """The last position of the feed at which something was revoked that is a list's; 0 without.
    For one that is made while nobody can read how far the feed has come."""
    wanted = select(func.max(_revocations.c.sequence)).where(
        _revocations.c.authority_id == authority_id,
        _revocations.c.generation == generation,
        _revocations.c.partition == partition,
    )
    found = tx.connection.execute(wanted).scalar_one()
    return found if isinstance(found, int) else 0


def drop_unnumbered(
    tx: Transaction, authority_id: AuthorityId, generation: int, partition: str
) -> int:
    """Drop lists of a scope, complete and delta, whose number is none, as SQLite may keep; how
    many. They would be the newest for ever: such a value is behind every number."""
    dropped = 0
    for of in (_lists, _deltas):
        scope = _of_scope(authority_id, generation, partition, of=of)
        unnumbered = (*scope, of.c.number > -_LOWEST)
        if tx.connection.execute(select(of.c.generation).where(*unnumbered)).first() is not None:
            dropped += tx.connection.execute(delete(of).where(*unnumbered)).rowcount
    return dropped


def _of_scope(
    authority_id: AuthorityId, generation: int, partition: str, *, of: Table = _lists
) -> tuple[ColumnElement[bool], ...]:
    return (
        of.c.authority_id == authority_id,
        of.c.generation == generation,
        of.c.partition == partition,
    )


def newest_of_all(
    tx: Reading, authority_id: AuthorityId, *, left_out: LeftOut | None = None
) -> list[ListFacts]:
    """The newest list of each generation and scope of an authority, by both. ``left_out``: as of
    :func:`newest`.

    Backwards from each scope's to the next one's: every scope has a list more each day, and how
    many those are must not count.
    """
    found: list[StoredRow] = []
    asked: dict[str, object] = {"of_authority": authority_id}
    statement = _LAST
    while (row := next(rows_of(tx, statement, asked), None)) is not None:
        found.append(row)
        generation, partition = row.stored("generation"), row.stored("partition")
        if not isinstance(generation, int) or not isinstance(partition, str):
            # Which one is before it can't be asked by such values.
            found = list(_newest_among_all(tx, authority_id))
            break
        asked |= {"of_generation": generation, "before": partition}
        statement = _LAST_BEFORE
    return list(each_of(found[::-1], _facts, table=_lists, left_out=left_out))


def _newest_among_all(tx: Reading, authority_id: AuthorityId) -> Iterator[StoredRow]:
    """The same, by going through all of the authority's."""
    before = None
    for row in rows_of(tx, _ALL, {"of_authority": authority_id}, at_once=_ROWS_AT_ONCE):
        scope = row.stored("generation"), row.stored("partition")
        if scope != before:
            yield row
        before = scope


def newest_delta(
    tx: Reading,
    authority_id: AuthorityId,
    generation: int,
    partition: str,
    *,
    left_out: LeftOut | None = None,
) -> DeltaFacts | None:
    """The newest delta list of a scope, as :func:`newest`."""
    wanted = (
        select(*_DELTA_FACTS)
        .where(*_of_scope(authority_id, generation, partition, of=_deltas))
        .order_by(_deltas.c.number.desc())
        .limit(1)
    )
    found = read_each(tx, wanted, _delta_facts, table=_deltas, left_out=left_out)
    return found[0] if found else None


def last_delta_number(
    tx: Reading, authority_id: AuthorityId, generation: int, partition: str
) -> int:
    """The number of the newest delta list of a scope, whatever else of it can be read; 0 without
    one. Raises ``STORED_UNREADABLE`` where it has none."""
    found = tx.connection.execute(
        select(_deltas.c.number)
        .where(*_of_scope(authority_id, generation, partition, of=_deltas))
        .order_by(_deltas.c.number.desc())
        .limit(1)
    ).scalar()
    if found is not None and not isinstance(found, int):
        raise not_readable(Unreadable(_deltas.name, partition, TypeError.__name__))
    return found or 0


def read(tx: Reading, facts: ListFacts) -> bytes | None:
    """The bytes of a list, or None if they were dropped."""
    table = _table_of(facts)
    found = tx.connection.execute(select(table.c.list).where(*_of_list(facts))).scalar()
    return None if found is None else bytes(found)


def piece(tx: Reading, facts: ListFacts, start: int, size: int) -> bytes:
    """Octets ``start`` to ``start + size`` of a list; empty behind its end or if dropped."""
    stored = _table_of(facts).c.list
    found = tx.connection.execute(
        select(func.substr(stored, start + 1, size, type_=stored.type)).where(*_of_list(facts))
    ).scalar()
    return bytes(found or b"")


def length(tx: Reading, facts: ListFacts) -> int:
    """Octets of a list; 0 if they were dropped."""
    stored = _table_of(facts).c.list
    found = tx.connection.execute(select(func.length(stored)).where(*_of_list(facts))).scalar()
    return found if isinstance(found, int) else 0


def add(tx: Transaction, facts: ListFacts, der: bytes) -> None:
    """Publish a list. Another one with the number is a conflict; bytes of old complete lists go,
    and old delta lists: the newest complete list and the journal say all that those did."""
    table = _table_of(facts)
    values = {
        "authority_id": facts.authority_id,
        "generation": facts.generation,
        "partition": facts.partition,
        "number": facts.number,
        "this_update": facts.this_update,
        "next_update": facts.next_update,
        "entries": facts.entries,
        "as_of": facts.as_of,
        "sha256": facts.sha256,
        "list": der,
    }
    if isinstance(facts, DeltaFacts):
        values["base_number"] = facts.base_number
    tx.connection.execute(table.insert().values(values))
    tx.connection.execute(
        _MAKE_ROOM[table],
        {
            "of_authority": facts.authority_id,
            "of_generation": facts.generation,
            "of_partition": facts.partition,
        },
    )


def _table_of(facts: ListFacts) -> Table:
    return _deltas if isinstance(facts, DeltaFacts) else _lists


def _of_list(facts: ListFacts) -> tuple[ColumnElement[bool], ...]:
    of = _table_of(facts)
    return (
        *_of_scope(facts.authority_id, facts.generation, facts.partition, of=of),
        of.c.number == facts.number,
    )


def _facts(row: StoredRow) -> ListFacts:
    return ListFacts(
        authority_id=row.authority_id,
        generation=int(row.generation),
        partition=row.partition,
        number=int(row.number),
        this_update=row.this_update,
        next_update=row.next_update,
        entries=int(row.entries),
        as_of=int(row.as_of),
        sha256=bytes(row.sha256),
    )


def _delta_facts(row: StoredRow) -> DeltaFacts:
    facts = _facts(row)
    told = {each.name: getattr(facts, each.name) for each in fields(facts)}
    return DeltaFacts(**told, base_number=int(row.base_number))


_FACTS = [column for column in _lists.c if column.name != "list"]
_DELTA_FACTS = [column for column in _deltas.c if column.name != "list"]

# Built once: building a statement takes as long as sending it.
_NEXT_PARTITION = [
    select(table.c.partition)
    .where(
        table.c.authority_id == bindparam("of_authority"),
        table.c.generation == bindparam("of_generation"),
        table.c.partition > bindparam("after"),
    )
    .order_by(table.c.partition)
    .limit(1)
    for table in (_lists, _revocations)
]
_ALL = (
    select(*_FACTS)
    .where(_lists.c.authority_id == bindparam("of_authority"))
    .order_by(_lists.c.generation.desc(), _lists.c.partition.desc(), _lists.c.number.desc())
)
_LAST = _ALL.limit(1)
# With a number that none is below: by two columns of three SQLite begins with the scope at hand,
# and goes through all of its lists.
_LAST_BEFORE = _LAST.where(
    tuple_(_lists.c.generation, _lists.c.partition, _lists.c.number)
    < tuple_(
        bindparam("of_generation", type_=BigNumber),
        bindparam("before", type_=String),
        literal(_LOWEST, type_=BigNumber),
    )
)


def _oldest(of: Table) -> ColumnElement[int]:
    """By its number the newest that is not kept whole: a condition that all older ones meet would
    go through them all."""
    earlier = of.alias("earlier")
    return (
        select(earlier.c.number)
        .where(*_bound_scope(earlier))
        .order_by(earlier.c.number.desc())
        .limit(1)
        .offset(KEEP)
        .scalar_subquery()
    )


def _bound_scope(table: FromClause) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.authority_id == bindparam("of_authority"),
        table.c.generation == bindparam("of_generation"),
        table.c.partition == bindparam("of_partition"),
    )


# One complete list comes, one loses its bytes. Of delta lists all older ones go: an earlier release
# kept them.
_MAKE_ROOM = {
    _lists: update(_lists)
    .where(*_bound_scope(_lists), _lists.c.number == _oldest(_lists))
    .values(list=None),
    _deltas: delete(_deltas).where(*_bound_scope(_deltas), _deltas.c.number <= _oldest(_deltas)),
}
