"""The generations of an authority's key, on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.generation import GenerationState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import generations
from tests.support.ca_rows import HOKKAIDO, OSAKA, TOKYO, generation, intend, intent

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database


def test_generations_are_kept_in_order(database: Database) -> None:
    planned = generation(TOKYO, 2, GenerationState.PLANNED)
    with database.transaction() as tx:
        generations.add(tx, planned)
    with database.reading() as tx:
        assert generations.of(tx, TOKYO) == (generation(TOKYO), planned)
        assert generations.of(tx, OSAKA) == (generation(OSAKA),)
        assert generations.of(tx, HOKKAIDO) == ()
        assert generations.get(tx, TOKYO, 2) == planned
        assert generations.get(tx, OSAKA, 2) is None


def test_one_generation_of_an_authority_issues(database: Database) -> None:
    with database.transaction() as tx:
        generations.add(tx, generation(TOKYO, 2, GenerationState.PLANNED))

    def change(number: int, now: GenerationState, then: GenerationState) -> bool:
        return database.run(lambda tx: generations.set_state(tx, TOKYO, number, now=now, then=then))

    with pytest.raises(OpenJpkiError) as refusal:
        change(2, GenerationState.PLANNED, GenerationState.ACTIVE)
    assert refusal.value.reason is Reason.CONFLICTING_CHANGE
    assert change(1, GenerationState.ACTIVE, GenerationState.RETIRING)
    assert not change(1, GenerationState.ACTIVE, GenerationState.RETIRING)
    assert change(2, GenerationState.PLANNED, GenerationState.ACTIVE)
    with pytest.raises(OpenJpkiError) as refusal:
        change(1, GenerationState.RETIRING, GenerationState.ACTIVE)
    assert refusal.value.reason is Reason.WRONG_STATE
    with database.reading() as reading:
        states = [one.state for one in generations.of(reading, TOKYO)]
    assert states == [GenerationState.RETIRING, GenerationState.ACTIVE]


def test_what_was_signed_names_a_generation_that_there_is(database: Database) -> None:
    stray = replace(intent(1), generation=2)
    with pytest.raises(OpenJpkiError), database.transaction() as tx:
        intend(tx, stray)
