"""When it is not known what replicas told, on both databases (R5.2.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.storage.ocsp import usage, usage_unknown
from openjpki.storage.ocsp.usage_unknown import Signs
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database

NOON = datetime(2027, 4, 1, 3, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "ocsp")
    return empty_database


def begin(database: Database, epoch: str, run: str = "run", at: datetime = NOON) -> None:
    with database.transaction() as tx:
        usage.begin(tx, epoch, run=run, at=at)


def gaps(database: Database, begins: datetime, ends: datetime) -> list[tuple[datetime, datetime]]:
    with database.reading() as tx:
        return usage_unknown.gaps(tx, begins, ends)


def seal_silent(
    database: Database, epoch: str, signs: Signs | None = None, until: datetime = NOON + HOUR
) -> bool:
    with database.transaction() as tx:
        return usage_unknown.seal_silent(
            tx, epoch, at=LATER, signs=signs or Signs(NOON, None), unknown_until=until
        )


def say_seen(database: Database, run: str, at: datetime) -> None:
    with database.transaction() as tx:
        usage_unknown.say_seen(tx, run, at=at, unknown_until=at + HOUR)


def test_silent_is_who_neither_wrote_nor_said_that_it_is_there(database: Database) -> None:
    begin(database, "a")
    with database.transaction() as tx:
        assert usage.flush(tx, "a", (), at=LATER)
    assert not seal_silent(database, "a")
    wrote, said = Signs(LATER, None), Signs(LATER, LATER + HOUR)
    say_seen(database, "run", LATER + HOUR)
    with database.reading() as tx:
        assert usage_unknown.of_open_epochs(tx) == {"a": said}
        assert usage_unknown.of_run(tx, "run") == said
        assert usage_unknown.of_run(tx, "none") is None
    assert (wrote.last, said.last) == (LATER, LATER + HOUR)
    assert not seal_silent(database, "a", wrote)
    assert seal_silent(database, "a", said)
    assert not seal_silent(database, "a", said)
    with database.reading() as tx:
        assert usage_unknown.of_open_epochs(tx) == usage.open_epochs(tx) == {}


def test_what_a_silent_run_told_is_not_known(database: Database) -> None:
    begin(database, "a")
    begin(database, "b", "other")
    until = NOON + HOUR
    assert gaps(database, NOON, until) == []
    assert seal_silent(database, "a")
    assert gaps(database, until, until + timedelta(days=1)) == [(NOON, until)]
    assert gaps(database, until + timedelta(seconds=1), until + timedelta(days=1)) == []
    assert gaps(database, NOON - timedelta(days=1), NOON) == []


def test_as_long_as_who_was_taken_for_gone_is_there_it_is_not_known_for_longer(
    database: Database,
) -> None:
    begin(database, "a")
    assert seal_silent(database, "a")
    say_seen(database, "other", NOON + 5 * HOUR)
    assert gaps(database, NOON, LATER) == [(NOON, NOON + HOUR)]
    for hours in (3, 2):
        say_seen(database, "run", NOON + hours * HOUR)
        assert gaps(database, NOON, LATER) == [(NOON, NOON + 4 * HOUR)]


def test_it_is_known_again_by_runs(database: Database) -> None:
    for epoch, run in (("a", "one"), ("b", "other"), ("c", "other")):
        begin(database, epoch, run)
        assert seal_silent(database, epoch)
    assert gaps(database, NOON, LATER) == [(NOON, NOON + HOUR)] * 3
    with database.transaction() as tx:
        usage_unknown.know(tx, "other")
    assert gaps(database, NOON, LATER) == [(NOON, NOON + HOUR)]


def test_doubt_begins_when_a_run_wrote_last_and_moves_no_end(database: Database) -> None:
    for epoch, at in (("a", NOON), ("b", LATER)):
        begin(database, epoch, at=at)
    begin(database, "c", "other")
    for hours in (2, 9):
        with database.transaction() as tx:
            usage_unknown.doubt(tx, "run", until=NOON + hours * HOUR)
        assert gaps(database, NOON, LATER + HOUR) == [(LATER, NOON + 2 * HOUR)]


def test_what_is_here_ends_with_the_first_of_the_open_ones(database: Database) -> None:
    with database.reading() as tx:
        assert usage_unknown.counted_until(tx) is None
    for n, epoch in enumerate("abc"):
        begin(database, epoch, epoch, NOON + n * HOUR)
    with database.transaction() as tx:
        usage.seal(tx, "a", at=LATER)
        assert usage_unknown.counted_until(tx) == NOON + HOUR
        for epoch in "bc":
            usage.seal(tx, epoch, at=LATER)
        assert usage_unknown.counted_until(tx) == NOON + 2 * HOUR


def test_what_is_lost_is_so_for_good(database: Database) -> None:
    begin(database, "a")
    for ends in (LATER, NOON + HOUR, LATER):
        with database.transaction() as tx:
            usage_unknown.lose(tx, "restored", NOON, ends)
            usage_unknown.know(tx, "run")
    assert gaps(database, NOON, LATER) == [(NOON, NOON + HOUR)]
    with database.reading() as tx:
        assert list(usage.open_epochs(tx)) == ["a"]
