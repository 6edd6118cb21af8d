"""Complete lists and delta lists of a scope have one sequence of numbers, and two tables: how one
of either kind is kept and entered in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from openjpki.services.ca.journal import (
    AUTHORITY_LIST_PUBLISHED,
    DELTA_LIST_PUBLISHED,
    USERS_LIST_PUBLISHED,
)
from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.ca import feed, list_turns, lists
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION
from openjpki.storage.ca.lists import DeltaFacts, ListFacts

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.kernel.acts import Act
    from openjpki.storage.kernel.transaction import Reading, Transaction, Writer

Facts = TypeVar("Facts", ListFacts, DeltaFacts)


class _OvertakenError(Exception):
    """Another list was kept before or beside this one: nothing of it is to be kept."""


def as_of(tx: Reading, authority_id: AuthorityId, generation: int, partition: str) -> int:
    """Up to which revocation a list that is made now speaks."""
    position = feed.position(tx, authority_id, left_out=tell_left_out)
    if position:
        return position.head
    return lists.revoked_up_to(tx, authority_id, generation, partition)


def keep(
    ca: CaContext,
    writer: Writer,
    facts: Facts,
    der: bytes,
    *,
    at: datetime,
    journaled: int,
    is_news: bool = True,
) -> Facts | None:
    """Keep a list that was signed. None where another one came first.

    ``journaled``: the last entry of the journal that was looked at for it. ``is_news``: whether it
    says anything that the list before does not: only such a one is entered in the journal.
    """

    def work(tx: Transaction) -> None:
        # Who keeps a list of the other kind beside this one has been before it, and is seen, or
        # waits.
        list_turns.take(tx, facts)
        _require_newer(tx, facts)
        _require_next(tx, facts)
        lists.add(tx, facts, der)
        if not is_news:
            return
        ca.journal.append(
            tx,
            _act_of(facts),
            stream=str(facts.authority_id),
            actor="ca",
            subject=facts.partition,
            details={
                "generation": facts.generation,
                "crl_number": facts.number,
                **({"base_number": facts.base_number} if isinstance(facts, DeltaFacts) else {}),
                "entries": facts.entries,
                "crl_sha256": facts.sha256.hex(),
                "journaled": journaled,
            },
            at=at,
        )

    try:
        writer.run(work)
    except _OvertakenError:
        return None
    return facts


def _require_newer(tx: Reading, facts: ListFacts | DeltaFacts) -> None:
    """Than each of its own kind."""
    of = facts.authority_id, facts.generation, facts.partition
    if isinstance(facts, DeltaFacts):
        last = lists.last_delta_number(tx, *of)
    else:
        # One that can't be read is none: who makes its successor has an operator's word for it.
        newest = lists.newest(tx, *of, left_out=tell_left_out)
        last = 0 if newest is None else newest.number
    if last >= facts.number:
        raise _OvertakenError


def _require_next(tx: Reading, facts: ListFacts | DeltaFacts) -> None:
    """By what there is of the other kind."""
    of = facts.authority_id, facts.generation, facts.partition
    if isinstance(facts, DeltaFacts):
        base = lists.newest(tx, *of, left_out=tell_left_out)
        if base is None or base.number != facts.base_number:
            raise _OvertakenError
    elif lists.last_delta_number(tx, *of) >= facts.number:
        raise _OvertakenError


def _act_of(facts: ListFacts | DeltaFacts) -> Act:
    if isinstance(facts, DeltaFacts):
        return DELTA_LIST_PUBLISHED
    is_authority_s = facts.partition == AUTHORITY_PARTITION
    return AUTHORITY_LIST_PUBLISHED if is_authority_s else USERS_LIST_PUBLISHED
