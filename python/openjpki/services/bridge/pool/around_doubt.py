"""What a list in doubt means for those that come after it, and when it is over (ADR 26).

It is over by the issuer's times alone: no clock here, which may be ahead, lets anything take its
place that does not end it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.domain.stated_time import moment
from openjpki.storage.bridge import pool_lists
from openjpki.storage.bridge.pool_lists import KeptList

if TYPE_CHECKING:
    from openjpki.signer_core import PathRevocationList
    from openjpki.storage.bridge.taken_out_lists import TakenOut
    from openjpki.storage.kernel.transaction import Transaction


def around_doubt(
    tx: Transaction, read: PathRevocationList, identity: bytes
) -> list[tuple[KeptList | TakenOut, str]]:
    """What can be used and what can't has one sequence of numbers. A list in doubt is newer than
    the one that counts, or says nothing that one does not; of one that counts, only what came
    before it is outnumbered: an older one may come late, and ends no doubt. Nor is one that was
    over: made by mistake, its number would bind for ever."""
    other = pool_lists.find_newest(
        tx, identity, row_and_kind(read, delta=read.is_delta, in_doubt=read.is_processed)
    )
    if other is None:
        return []
    if read.is_processed:
        before = other.this_update < moment(read.this_update) < other.next_update
        return [(other, "a list in doubt before it")] if before else []
    return [(other, "the one that counts")]


def is_over(known: KeptList | TakenOut, read: PathRevocationList) -> bool:
    """Whether the doubt whose place this one takes was over when this one was made."""
    if read.is_processed or not isinstance(known, KeptList):
        return False
    return known.next_update <= moment(read.this_update)


def end_doubts(tx: Transaction, read: PathRevocationList, identity: bytes) -> None:
    """A list that can be used was kept: what it ends has its place no more, and answers for its
    time alone. A delta need not say again what an earlier one said, a complete list does."""
    made = moment(read.this_update)
    for of_deltas in (True,) if read.is_delta else (False, True):
        doubt = pool_lists.find_newest(
            tx, identity, row_and_kind(read, delta=of_deltas, in_doubt=True)
        )
        # Before it was made, the doubt has to be found among the lists of that time.
        if doubt is None or doubt.this_update >= made:
            continue
        has_all = not read.is_delta and (not of_deltas or doubt.number <= (read.number or 0))
        if has_all or doubt.next_update <= made:
            pool_lists.supersede(tx, doubt.sha256)


def row_and_kind(read: PathRevocationList, *, delta: bool, in_doubt: bool) -> bytes:
    """What the lists have in common that take each other's place, beside their issuer; SHA-256."""
    kind = (b"delta" if delta else b"") + (b"doubt" if in_doubt else b"")
    return hashlib.sha256(read.row + kind).digest()
