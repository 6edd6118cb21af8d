"""Certificates counted by the hour, for an hour and its day, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from openjpki.domain.authority import AuthorityId
from openjpki.storage.ca import issue_counts
from openjpki.storage.ca.tables import issue_counts as table
from openjpki.storage.migrations import upgrade

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction

TOKYO, OSAKA = AuthorityId.signing("13"), AuthorityId.signing("27")
NOON = datetime(2026, 11, 28, 12, 59, 59, tzinfo=UTC)


@pytest.fixture
def database(empty_database: Database) -> Database:
    upgrade(empty_database, "ca")
    return empty_database


def count(
    database: Database, at: datetime, counted: str = "caller:a", authority: AuthorityId = TOKYO
) -> tuple[int, int]:
    counts = database.run(lambda tx: issue_counts.count(tx, authority, [counted], at))
    return counts[counted]


def test_an_hour_and_its_day(database: Database) -> None:
    assert count(database, NOON) == (1, 1)
    assert count(database, NOON - timedelta(minutes=59)) == (2, 2)
    assert count(database, NOON + timedelta(seconds=1)) == (1, 3)
    # The day is the hour and the 23 before it.
    assert count(database, NOON + timedelta(hours=23)) == (1, 4)
    assert count(database, NOON + timedelta(hours=24)) == (1, 3)


def test_each_is_counted_alone(database: Database) -> None:
    assert count(database, NOON) == (1, 1)
    assert count(database, NOON, "caller:b") == (1, 1)
    assert count(database, NOON, authority=OSAKA) == (1, 1)
    assert count(database, NOON) == (2, 2)


def test_several_are_counted_at_once(database: Database) -> None:
    count(database, NOON - timedelta(hours=1), "caller:b")
    both = ["caller:b", "caller:a"]
    counts = database.run(lambda tx: issue_counts.count(tx, TOKYO, both, NOON))
    assert counts == {"caller:a": (1, 1), "caller:b": (1, 2)}


def test_what_is_rolled_back_is_not_counted(database: Database) -> None:
    class RefusedError(Exception):
        pass

    count(database, NOON)

    def refuse(tx: Transaction) -> None:
        issue_counts.count(tx, TOKYO, ["caller:a"], NOON)
        raise RefusedError

    with pytest.raises(RefusedError):
        database.run(refuse)
    assert count(database, NOON) == (2, 2)


def test_old_hours_are_forgotten_when_one_begins(database: Database) -> None:
    for hours in range(60):
        count(database, NOON + timedelta(hours=hours))
    with database.reading() as tx:
        assert tx.connection.execute(select(func.count()).select_from(table)).scalar_one() == 49
