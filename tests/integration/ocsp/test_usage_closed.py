"""Days that are complete are entered in the journal, once, with the digest of their sums."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.domain.agreements import Way
from openjpki.domain.authority import AuthorityId
from openjpki.domain.usage import Counted, DayCount
from openjpki.services.ocsp.journal import RETENTION, USAGE_STREAM
from openjpki.services.ocsp.usage.closing import close_days
from openjpki.services.ocsp.usage.comparing import Compared, Fault, compare_days
from openjpki.services.ocsp.usage.comparing import FaultKind as Kind
from openjpki.services.ocsp.usage.counted_day import counted_day
from openjpki.services.ocsp.usage.files import Left, settle
from openjpki.services.ocsp.usage.writing import UsageWriter
from openjpki.storage.kernel import journal_time
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.ocsp import usage, usage_days
from openjpki.telemetry.metrics import REGISTRY
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY, NEXT = date(2027, 4, 1), date(2027, 4, 2)
NOON = datetime(2027, 4, 1, 3, tzinfo=UTC)
MIDNIGHT = datetime(2027, 4, 1, 15, tzinfo=UTC)
TOKYO, TOYAMA = map(AuthorityId.signing, ("13", "16"))
OCSP = Counted("tax-office", TOKYO, Way.OCSP_HTTP)
BANK = Counted("bank-1", TOKYO, Way.LISTS)
GRPC = Counted("tax-office", TOYAMA, Way.GRPC)


class World:
    """A database in which replicas have written, and a time that stands still."""

    def __init__(self, database: Database) -> None:
        self.moment = NOON
        self.ocsp: Any = SimpleNamespace(database=database, clock=self, journal=SqlJournal())

    def now(self) -> datetime:
        return self.moment

    def write(self, epoch: str, *counts: DayCount, at: datetime = NOON) -> None:
        with self.ocsp.database.transaction() as tx:
            if epoch not in usage.open_epochs(tx):
                usage.begin(tx, epoch, run=epoch, at=at)
            assert usage.flush(tx, epoch, counts, at=at)

    def closed(self) -> list[tuple[str, dict[str, Any]]]:
        with self.ocsp.database.reading() as tx:
            entries = list(self.ocsp.journal.read(tx, USAGE_STREAM, RETENTION))
        names = ("authority", "from", "told", "sums_sha256")
        return [
            (one.subject, {name: one.details[name] for name in names})
            for one in entries
            if one.act == "usage.closed"
        ]

    def days(self) -> list[tuple[str, Any, Any]]:
        """Those entered as closed: of which authorities, and how much."""
        with self.ocsp.database.reading() as tx:
            entries = list(self.ocsp.journal.read(tx, USAGE_STREAM, RETENTION))
        return [
            (
                one.subject,
                "authority_ids" in one.details and one.details["authority_ids"],
                one.details["told"],
            )
            for one in entries
            if one.act == "usage.day_closed"
        ]


def open_since() -> datetime:
    """As it is measured."""
    seconds = REGISTRY.get_sample_value("openjpki_usage_open_since_timestamp_seconds")
    assert seconds is not None
    return datetime.fromtimestamp(seconds, UTC)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(Database(f"sqlite:///{tmp_path / 'ocsp.db'}")) as database:
        put_schema(database, "ocsp")
        yield World(database)


def test_where_nothing_was_ever_counted_nothing_is_closed(world: World) -> None:
    assert close_days(world.ocsp) == 0
    assert world.closed() == []


def test_a_day_is_closed_when_every_replica_has_written_past_it(world: World) -> None:
    world.write("a", DayCount(DAY, OCSP, 2), DayCount(DAY, GRPC, 1))
    world.write("b", DayCount(DAY, OCSP, 3), DayCount(DAY, BANK, 4))
    world.moment = MIDNIGHT + timedelta(hours=1)
    world.write("a", at=world.moment)
    # The other one may have more.
    assert close_days(world.ocsp) == 0
    assert open_since() == MIDNIGHT - timedelta(days=1)
    world.write("b", at=world.moment)
    assert [close_days(world.ocsp) for _ in range(2)] == [1, 0]
    assert open_since() == MIDNIGHT
    of_tokyo = b"bank-1 lists 4\ntax-office ocsp_http 5\n"
    assert world.closed() == [
        (
            authority,
            {
                "authority": authority,
                "from": "2027-03-31T15:00:00Z",
                "told": told,
                "sums_sha256": sha256(lines).hexdigest(),
            },
        )
        for authority, told, lines in (
            ("signing-13", 9, of_tokyo),
            ("signing-16", 1, b"tax-office grpc 1\n"),
        )
    ]
    assert world.days() == [("2027-04-01", "signing-13,signing-16", 10)]


def test_days_are_closed_in_order_also_those_without_anything(world: World) -> None:
    world.write("a", DayCount(DAY, OCSP, 2))
    later = NOON + timedelta(days=40)
    world.write("a", DayCount(date(2027, 5, 10), OCSP, 2), at=later)
    world.moment = later + timedelta(days=1)
    world.write("a", at=world.moment)
    # It stops where it is asked to, and goes on from there.
    turns = iter([False, False, True])
    assert close_days(world.ocsp, lambda: next(turns)) == 2
    assert [close_days(world.ocsp) for _ in range(2)] == [39, 0]
    assert len(world.closed()) == 2
    days = world.days()
    assert [days[0], days[1], days[-1]] == [
        ("2027-04-01", "signing-13", 2),
        ("2027-04-02", False, 0),
        ("2027-05-11", False, 0),
    ]


@pytest.mark.parametrize("day", ["2027-04-30", "9999-12-31"])
def test_a_row_of_a_day_to_come_keeps_none_from_being_closed(world: World, day: str) -> None:
    """Of a clock that was ahead, or put there."""
    world.write("a", DayCount(DAY, OCSP, 2))
    with world.ocsp.database.transaction() as tx:
        usage_days.close(tx, date.fromisoformat(day), at=NOON)
    world.moment = MIDNIGHT + timedelta(hours=1)
    world.write("a", DayCount(NEXT, OCSP, 1), at=world.moment)
    assert close_days(world.ocsp) == 1
    assert world.days() == [("2027-04-01", "signing-13", 2)]


def test_a_databases_clock_that_is_ahead_closes_no_day_to_come(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write("a", DayCount(DAY, OCSP, 2))
    later = NOON + timedelta(days=30)
    with monkeypatch.context() as ahead:
        ahead.setattr(journal_time, "of_database", lambda _: later)
        world.write("a", at=later)
        assert close_days(world.ocsp) == 0
        with world.ocsp.database.reading() as tx:
            assert counted_day(tx, world) == NEXT
    assert world.days() == []


def test_nothing_is_counted_for_a_day_that_is_closed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database's clock was set back over midnight."""
    world.write("a", DayCount(DAY, OCSP, 2))
    world.moment = MIDNIGHT + timedelta(hours=1)
    world.write("a", at=world.moment)
    assert close_days(world.ocsp) == 1
    monkeypatch.setattr(journal_time, "of_database", lambda _: NOON)
    totals = [[("bank-1", "signing-13", "lists", 3)]]
    writer = UsageWriter(world.ocsp.database, world, totals.pop, run=bytes(16), random=bytes)
    writer.write()
    left = Left("02" * 16, {BANK: 5}, NOON)
    settle(world.ocsp.database, world, left, lambda length: b"2" * length, tells_for=60.0)
    with world.ocsp.database.reading() as tx:
        assert usage_days.sums(tx, DAY) == [DayCount(DAY, OCSP, 2)]
        assert usage_days.sums(tx, NEXT) == [DayCount(NEXT, BANK, 8)]


def test_a_replica_whose_clock_is_behind_counts_for_no_day_that_others_have_closed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write("a", DayCount(DAY, OCSP, 2))
    right = MIDNIGHT + timedelta(hours=1)
    world.moment = right
    world.write("a", at=right)
    assert close_days(world.ocsp) == 1
    monkeypatch.setattr(journal_time, "of_database", lambda _: right)
    world.moment = NOON - timedelta(days=2)
    with world.ocsp.database.reading() as tx:
        assert counted_day(tx, world) == NEXT
    totals = [[("bank-1", "signing-13", "lists", 3)]]
    UsageWriter(world.ocsp.database, world, totals.pop, run=bytes(16), random=bytes).write()
    with world.ocsp.database.reading() as tx:
        assert usage_days.sums(tx, DAY) == [DayCount(DAY, OCSP, 2)]
        assert usage_days.sums(tx, NEXT) == [DayCount(NEXT, BANK, 3)]


def test_what_another_replica_has_closed_is_entered_once(world: World) -> None:
    world.write("a", DayCount(DAY, OCSP, 2))
    world.moment = MIDNIGHT + timedelta(hours=1)
    world.write("a", DayCount(NEXT, OCSP, 1), at=world.moment)
    with world.ocsp.database.transaction() as tx:
        assert usage_days.close(tx, DAY, at=world.moment)
    assert close_days(world.ocsp) == 0
    assert world.closed() == []


@pytest.fixture
def closed(world: World) -> World:
    """Two days, of which the second has nothing."""
    world.write("a", DayCount(DAY, OCSP, 2), DayCount(DAY, GRPC, 1))
    world.moment = MIDNIGHT + timedelta(days=1, hours=1)
    world.write("a", at=world.moment)
    assert close_days(world.ocsp) == 2
    return world


def changed(world: World, statement: str, *values: Any) -> tuple[Fault, ...]:
    """What is found once somebody wrote in the database."""
    with world.ocsp.database.transaction() as tx:
        tx.connection.exec_driver_sql(statement, values)
    return compare_days(world.ocsp.database).faults


def test_sums_of_closed_days_are_compared_with_their_entries(closed: World) -> None:
    assert compare_days(closed.ocsp.database) == Compared(DAY, NEXT, ())
    # Of a day that is open nobody has said anything.
    closed.write("a", DayCount(NEXT + timedelta(days=1), OCSP, 9), at=closed.moment)
    assert compare_days(closed.ocsp.database) == Compared(DAY, NEXT, ())


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE usage SET told = 1 WHERE told = 2", Fault(DAY, "signing-13", Kind.DIFFERS)),
        ("UPDATE usage SET verifier_id = 'bank-1'", Fault(DAY, "signing-13", Kind.DIFFERS)),
        ("DELETE FROM usage WHERE told = 2", Fault(DAY, "signing-13", Kind.DIFFERS)),
        (
            "INSERT INTO usage SELECT epoch, '2027-04-02', verifier_id, authority_id, way, told"
            " FROM usage WHERE told = 2",
            Fault(NEXT, "signing-13", Kind.NOT_ENTERED),
        ),
    ],
)
def test_whoever_changes_a_closed_day_is_found_out(
    closed: World, statement: str, fault: Fault
) -> None:
    assert fault in changed(closed, statement)


def test_a_day_that_is_closed_again_is_found_out(closed: World) -> None:
    """Its row was taken away: it is entered once more, and the first entry holds."""
    faults = changed(closed, "DELETE FROM usage_days")
    assert faults == ()
    closed.write("a", at=closed.moment)
    assert close_days(closed.ocsp) == 2
    again = {(one.day, one.authority) for one in compare_days(closed.ocsp.database).faults}
    assert again == {(DAY, "signing-13"), (DAY, "signing-16"), (DAY, None), (NEXT, None)}


def test_where_no_day_was_closed_there_is_nothing_to_compare(world: World) -> None:
    assert compare_days(world.ocsp.database) == Compared(None, None, ())
