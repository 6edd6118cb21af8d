"""Complete lists and delta lists of a scope have one sequence of numbers, and two tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.ca import lists
from openjpki.storage.ca.lists import DeltaFacts

if TYPE_CHECKING:
    from openjpki.storage.ca.lists import ListFacts
    from openjpki.storage.kernel.transaction import Reading


class OvertakenError(Exception):
    """Another list was kept while this one was: it is not to be kept."""


def require_next(tx: Reading, facts: ListFacts | DeltaFacts) -> None:
    """After it was entered in the journal, whose last number its transaction then holds: who keeps
    a list of the other kind beside it is before it, and seen, or waits.

    Raises :class:`OvertakenError`, at which nothing of it is to be kept.
    """
    of = facts.authority_id, facts.generation, facts.partition
    if isinstance(facts, DeltaFacts):
        base = lists.newest(tx, *of, left_out=tell_left_out)
        if base is None or base.number != facts.base_number:
            raise OvertakenError
    elif lists.last_delta_number(tx, *of) >= facts.number:
        raise OvertakenError
