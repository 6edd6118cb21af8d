"""The service bridge's own authority revocation lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from openjpki.storage.bridge.tables import authority_lists as _lists
from openjpki.storage.kernel.columns import insert_if_absent

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading, Transaction

KEEP = 3
"""Lists whose bytes are kept; of older ones only the facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnList:
    """A published list."""

    generation: int
    """Whose certificates it is about, and whose key signed it."""
    number: int
    """cRLNumber, rising by one within the generation."""
    this_update: datetime
    next_update: datetime
    entries: int
    sha256: bytes
    der: bytes


def newest(tx: Reading, generation: int) -> OwnList | None:
    """A generation's newest list, or None before the first."""
    row = tx.connection.execute(
        select(_lists)
        .where(_lists.c.generation == generation)
        .order_by(_lists.c.number.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return OwnList(
        generation=row.generation,
        number=row.number,
        this_update=row.this_update,
        next_update=row.next_update,
        entries=row.entries,
        sha256=bytes(row.sha256),
        der=bytes(row.list),
    )


def add(tx: Transaction, made: OwnList) -> bool:
    """Publish a list; False if one of its number exists. Bytes of old ones go."""
    kept = insert_if_absent(
        tx,
        _lists,
        generation=made.generation,
        number=made.number,
        this_update=made.this_update,
        next_update=made.next_update,
        entries=made.entries,
        sha256=made.sha256,
        list=made.der,
    )
    if kept:
        tx.connection.execute(
            update(_lists)
            .where(
                _lists.c.generation == made.generation,
                _lists.c.number <= made.number - KEEP,
                _lists.c.list.is_not(None),
            )
            .values(list=None)
        )
    return kept
