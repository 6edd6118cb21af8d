"""Who ends that signatures count waits for those who count them, and comes before later ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.storage.kernel.beginning import Turn
from tests.support.lock_waits import waits_for
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction

_LATER = 3


@pytest.fixture
def database(empty_database: Database) -> Database:
    """With a thing that is changed, and what was counted in its sight."""
    with empty_database.transaction() as tx:
        tx.connection.execute(text("CREATE TABLE things (changed INTEGER)"))
        tx.connection.execute(text("INSERT INTO things VALUES (0)"))
    return empty_database


def changed(tx: Transaction) -> int:
    return int(tx.connection.execute(text("SELECT changed FROM things")).scalar_one())


def change(tx: Transaction) -> None:
    tx.connection.execute(text("UPDATE things SET changed = 1"))


def begun(database: Database, waiting: int) -> Callable[[], bool]:
    """Whether so many wait for their turn; where one writes at a time, they do in any case."""
    return lambda: database.dialect == "sqlite" or waits_for(database, "advisory") == waiting


def test_a_change_waits_for_who_counts_and_is_seen_by_who_counts_after_it(
    database: Database,
) -> None:
    with ThreadPoolExecutor(1 + _LATER) as pool:
        with database.transaction(turn=Turn.COUNTS) as tx:
            changing = pool.submit(database.run, change, turn=Turn.CHANGES)
            wait_until(begun(database, 1))
            # In the line behind the change, though they might count beside the first.
            after = []
            if database.dialect == "postgresql":
                after = [
                    pool.submit(database.run, changed, turn=Turn.COUNTS) for _ in range(_LATER)
                ]
                wait_until(begun(database, 1 + _LATER))
            assert changed(tx) == 0
            assert not changing.done()
        changing.result(30)
        assert [one.result(30) for one in after] == [1] * len(after)
    assert database.run(changed, turn=Turn.COUNTS) == 1


def test_who_counts_waits_for_a_change_that_has_begun(database: Database) -> None:
    with ThreadPoolExecutor(1) as pool:
        with database.transaction(turn=Turn.CHANGES) as tx:
            counting = pool.submit(database.run, changed, turn=Turn.COUNTS)
            wait_until(begun(database, 1))
            change(tx)
            assert not counting.done()
        assert counting.result(30) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_counts_waits_for_nobody_who_does_or_has_no_turn(database: Database) -> None:
    with ThreadPoolExecutor(1) as pool, database.transaction(turn=Turn.COUNTS):
        assert pool.submit(database.run, changed, turn=Turn.COUNTS).result(30) == 0
        assert pool.submit(database.run, changed).result(30) == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_turn_ends_with_its_transaction_also_where_that_fails(database: Database) -> None:
    with pytest.raises(ValueError, match="refused"), database.transaction(turn=Turn.CHANGES):
        raise ValueError("refused")
    # Another connection, as the first one is in use.
    with database.transaction(), database.transaction(turn=Turn.CHANGES) as tx:
        change(tx)
    assert database.run(changed) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_turn_takes_nothing_from_the_query_that_comes_with_the_beginning(
    database: Database,
) -> None:
    for turn in Turn:
        for number, found in ((0, True), (1, False)):
            opening = f"SELECT 1 FROM things WHERE changed = {number}"  # noqa: S608 - a number
            with database.transaction(opening, turn=turn) as tx:
                assert tx.found is found
        with database.transaction(turn=turn) as tx:
            assert not tx.found
