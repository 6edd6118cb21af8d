"""Lists of a scope are kept one after the other, though they are in two tables: complete ones and
delta lists have one sequence of numbers (RFC 5280 5.2.3)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import func, select

if TYPE_CHECKING:
    from openjpki.storage.ca.lists import ListFacts
    from openjpki.storage.kernel.transaction import Transaction


def take(tx: Transaction, facts: ListFacts) -> None:
    """Whoever else takes the turn of this list's scope waits until the transaction ends. SQLite has
    one writer anyway."""
    if tx.connection.dialect.name == "postgresql":
        scope = f"lists of {facts.authority_id}/{facts.generation}/{facts.partition}"
        key = int.from_bytes(hashlib.sha256(scope.encode()).digest()[:8], "big", signed=True)
        tx.connection.execute(select(func.pg_advisory_xact_lock(key)))
