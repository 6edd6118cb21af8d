"""Revocation lists: what goes into one, and those that were published (R3.2, R4.1.2)."""

from __future__ import annotations

import array
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, tuple_, update

from openjpki.storage.ca.kinds import AUTHORITY_PARTITION
from openjpki.storage.ca.tables import revocation_lists as _lists
from openjpki.storage.ca.tables import revocations as _revocations
from openjpki.storage.kernel.columns import BigNumber, Bytes, String

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
        # By an expression: by the column alone SQLite goes through all revocations of the authority
        # in the order of the primary key, for each of its lists.
        .order_by(func.substr(_revocations.c.serial, 1, type_=Bytes))
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
    """The newest list of each generation and scope of an authority, by both.

    Backwards from each scope's to the next one's: every scope has a list more each day, and how
    many those are must not count.
    """
    found: list[ListFacts] = []
    asked: dict[str, object] = {"of_authority": authority_id}
    statement = _LAST
    while row := tx.connection.execute(statement, asked).mappings().first():
        facts = ListFacts(**row)
        found.append(facts)
        asked |= {"of_generation": facts.generation, "before": facts.partition}
        statement = _LAST_BEFORE
    return found[::-1]


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
_LAST = (
    select(*_FACTS)
    .where(_lists.c.authority_id == bindparam("of_authority"))
    .order_by(_lists.c.generation.desc(), _lists.c.partition.desc(), _lists.c.number.desc())
    .limit(1)
)
_LAST_BEFORE = _LAST.where(
    tuple_(_lists.c.generation, _lists.c.partition)
    < tuple_(bindparam("of_generation", type_=BigNumber), bindparam("before", type_=String))
)
