"""That replicas together tell no more than was agreed, whatever ends, is held up or unheard of."""

from __future__ import annotations

from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from openjpki.domain.agreements import Limits, Unit, Way
from openjpki.domain.authority import AuthorityId
from openjpki.domain.usage import Counted, DayCount
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.quota import leasing
from openjpki.services.ocsp.quota.leasing import ALL_SECONDS, ANEW_SECONDS, Leases
from openjpki.services.ocsp.usage.files import Left, settle
from openjpki.signer_core import OcspPlane, OcspQuotas
from openjpki.storage.kernel.database import Database
from openjpki.storage.ocsp import quota, usage
from openjpki.storage.ocsp.quota import Bounded
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.storage.kernel.transaction import Reading, Transaction

TOKYO = AuthorityId.signing("13")
STATUSES = Bounded("tax-office", TOKYO, Unit.STATUSES)
OFFICE = Counted("tax-office", TOKYO, Way.GRPC)
NOON = datetime(2027, 4, 1, 3, tzinfo=UTC)
DAY = date(2027, 4, 1)


class Unsure:
    """A database that is away, or of whose commits nobody hears."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_away = False
        self.is_unheard = False

    def run(self, work: Callable[[Transaction], Any]) -> Any:
        self._require()
        found = self._database.run(work)
        if self.is_unheard:
            self.is_unheard = False
            raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "the connection was lost")
        return found

    def reading(self) -> Any:
        self._require()
        return self._database.reading()

    def _require(self) -> None:
        if self.is_away:
            raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "the database is away")


@dataclass
class World:
    """A database, and a time that stands still."""

    database: Database
    moment: datetime = NOON
    seconds: float = 0.0
    limits: Limits | None = field(default_factory=lambda: Limits(100, None))
    told: Counter[date] = field(default_factory=Counter)
    runs: int = 0

    def now(self) -> datetime:
        return self.moment

    def replica(self) -> Replica:
        self.runs += 1
        return Replica(self, f"{self.runs:032x}")

    @property
    def day(self) -> date:
        return (self.moment + timedelta(hours=9)).date()

    def stands(self, day: date | None = None) -> quota.Standing | None:
        def ask(tx: Reading) -> quota.Standing | None:
            return quota.standing(tx, "", day or self.day, left_out=print).get(STATUSES)

        return self.database.ask(ask)


class Replica:
    """One run."""

    def __init__(self, world: World, run: str) -> None:
        self.world = world
        self.run = run
        self.database = Unsure(world.database)
        self.core = OcspQuotas(OcspPlane(clock=None, bounds=[]))
        self.leases = Leases(
            cast("Database", self.database),
            world,
            self.core,
            run=run,
            counter=lambda: world.seconds,
        )
        self.told: Counter[date] = Counter()
        self.look()

    def look(self) -> None:
        limits = self.world.limits
        with suppress(OpenJpkiError):
            self.leases.look({} if limits is None else {STATUSES: limits})

    def tell(self, times: int = 1) -> int:
        """How many were told."""
        told = 0
        for _ in range(times):
            reserved = self.core.reserve("tax-office", str(TOKYO), "grpc", 0)
            if isinstance(reserved, int):
                break
            reserved.tell()
            told += 1
        # Of the day that it has leased of last.
        day = self.leases.day(STATUSES)
        if told and day is not None:
            self.told[day] += told
            self.world.told[day] += told
        return told

    def _drawn(self, length: int) -> bytes:
        return self.run.encode()[-length:][::-1]

    def settle(self) -> None:
        """Its files are found by the next run; the database lacks the newest of them."""
        days = sorted(day for day, told in self.told.items() if told)
        counts = [DayCount(day, OFFICE, self.told[day]) for day in days]
        at = NOON + ((days[-1] if days else DAY) - DAY)
        if counts:
            counts[-1] = replace(counts[-1], told=(counts[-1].told + 1) // 2)
        with self.world.database.transaction() as tx:
            usage.begin(tx, self.run, run=self.run, at=at)
            usage.flush(tx, self.run, counts, at=at)
        left = Left(self.run, {OFFICE: self.told.total()}, at)
        settle(self.world.database, self.world, left, self._drawn, tells_for=3600.0)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(Database(f"sqlite:///{tmp_path / 'ocsp.db'}")) as database:
        put_schema(database, "ocsp")
        yield World(database)


@pytest.mark.requirement("R4.3", refuses=True)
def test_one_replica_tells_all_that_was_agreed_and_no_more(world: World) -> None:
    one = world.replica()
    told = 0
    for _ in range(40):
        told += one.tell(10)
        one.look()
    assert told == 100
    assert one.tell() == 0


def test_what_others_hold_comes_back_to_who_is_asked(world: World) -> None:
    one, other, third = (world.replica() for _ in range(3))
    told = 0
    for _ in range(60):
        told += one.tell(10)
        world.seconds += ALL_SECONDS
        for each in (other, third, one):
            each.look()
    assert told == 100
    assert (other.tell(), third.tell()) == (0, 0)


def test_with_its_database_away_a_replica_tells_what_it_holds(world: World) -> None:
    one = world.replica()
    held = one.tell(3)
    one.look()
    one.database.is_away = True
    for _ in range(5):
        held += one.tell(100)
        one.look()
    # Half of the day, of which it had told three.
    assert 25 <= held <= 52
    assert one.tell() == 0
    one.database.is_away = False
    one.look()
    assert one.tell() == 1


def test_midnight_gives_another_days_and_a_month_goes_on(world: World) -> None:
    world.limits = Limits(100, 150)
    one = world.replica()

    def exhaust() -> int:
        told = 0
        for _ in range(200):
            told += one.tell(10)
            one.look()
        return told

    assert exhaust() == 100
    world.moment += timedelta(days=1)
    world.seconds += 1
    one.look()
    assert exhaust() == 50
    world.moment += timedelta(days=1)
    world.seconds += 1
    assert exhaust() == 0
    world.moment = datetime(2027, 5, 1, 3, tzinfo=UTC)
    world.seconds += 60
    one.look()
    assert exhaust() == 100


def test_what_was_told_before_there_was_a_quota_counts(world: World) -> None:
    with world.database.transaction() as tx:
        usage.add_sealed(tx, "before", [DayCount(DAY, OFFICE, 95)], run="before", at=NOON)
    one = world.replica()
    told = 0
    for _ in range(20):
        told += one.tell()
        one.look()
    assert told == 5


def test_a_database_that_was_set_back_gives_nothing_twice(world: World) -> None:
    one = world.replica()
    assert one.tell(40) == 40
    with world.database.transaction() as tx:
        tx.connection.exec_driver_sql("DELETE FROM quota_leases")
        tx.connection.exec_driver_sql("DELETE FROM quota_taken")
    world.seconds += ANEW_SECONDS
    told = 40
    for _ in range(40):
        one.look()
        told += one.tell(5)
    assert told == 100


def test_what_runs_told_is_taken_once_whichever_tables_were_set_back(world: World) -> None:
    one, other = world.replica(), world.replica()
    assert (one.tell(20), other.tell(10)) == (20, 10)
    for each in (one, other):
        with world.database.transaction() as tx:
            usage.begin(tx, each.run, run=each.run, at=NOON)
            usage.flush(tx, each.run, [DayCount(DAY, OFFICE, each.told[DAY])], at=NOON)
    with world.database.transaction() as tx:
        tx.connection.exec_driver_sql("DELETE FROM quota_leases")
        tx.connection.exec_driver_sql("DELETE FROM quota_taken")
    world.seconds += ANEW_SECONDS
    for each in (one, other, one):
        each.look()
    for each in (one, other):
        each.leases.end()
    stands = world.stands()
    assert stands is not None
    assert (stands.of_day, stands.of_month) == (30, 30)


def test_a_clock_that_was_ahead_takes_no_day_away_and_gives_none_twice(world: World) -> None:
    one = world.replica()
    told = one.tell(30)
    for days in (31, 0):
        world.moment = NOON + timedelta(days=days)
        world.seconds += 1
        one.look()
    for _ in range(60):
        told += one.tell(5)
        one.look()
    assert told == world.told[DAY] == 100


def test_a_row_that_is_held_keeps_nobody_else_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "_AT_ONCE", 1)
    one = world.replica()
    bank = replace(STATUSES, verifier_id="bank-1")
    taken = quota.lease

    def held(tx: Any, run: str, day: date, asks: Any, **more: Any) -> Any:
        if bank in asks:
            raise OpenJpkiError(Reason.CONFLICTING_CHANGE, "somebody holds it")
        return taken(tx, run, day, asks, **more)

    monkeypatch.setattr(quota, "lease", held)
    limits = Limits(100, None)
    told = 0
    for _ in range(40):
        with suppress(OpenJpkiError):
            one.leases.look({STATUSES: limits, bank: limits})
        told += one.tell(5)
    assert told == 100
    assert isinstance(one.core.reserve("bank-1", str(TOKYO), "grpc", 0), int)


def test_a_quota_that_is_lowered_takes_back_and_one_that_is_lifted_goes_on(world: World) -> None:
    one = world.replica()
    assert one.tell(20) == 20
    world.limits = Limits(10, None)
    world.seconds += ALL_SECONDS
    one.look()
    world.seconds += 2 * ALL_SECONDS
    one.look()
    assert one.tell(50) == 0
    world.limits = None
    one.look()
    assert one.tell(500) == 500


def test_a_quota_that_comes_back_the_same_day_counts_what_it_had(world: World) -> None:
    one = world.replica()
    assert one.tell(20) == 20
    world.limits, limits = None, world.limits
    for _ in range(2):
        one.look()
    world.limits = limits
    told = 20
    for _ in range(40):
        one.look()
        told += one.tell(5)
    assert told == 100


class Replicas(RuleBasedStateMachine):
    """Some replicas that lease, tell, end and are killed over two days."""

    number = st.integers(min_value=0, max_value=3)

    @initialize(day=st.integers(1, 60), month=st.none() | st.integers(1, 90))
    def begin(self, day: int, month: int | None) -> None:
        self.folder = TemporaryDirectory()
        self.database = Database(f"sqlite:///{Path(self.folder.name) / 'ocsp.db'}")
        put_schema(self.database, "ocsp")
        self.limits = Limits(day, month)
        self.world = World(self.database, limits=self.limits)
        self.running: list[Replica] = [self.world.replica()]
        self.killed: list[Replica] = []

    @rule(number=number, times=st.integers(1, 30))
    def tell(self, number: int, times: int) -> None:
        if self.running:
            self.running[number % len(self.running)].tell(times)

    @rule(number=number)
    def look(self, number: int) -> None:
        if self.running:
            self.running[number % len(self.running)].look()

    @rule()
    def start(self) -> None:
        if len(self.running) < 4:
            self.running.append(self.world.replica())

    @rule(number=number)
    def end(self, number: int) -> None:
        if self.running:
            self.running.pop(number % len(self.running)).leases.end()

    @rule(number=number)
    def kill(self, number: int) -> None:
        if self.running:
            self.killed.append(self.running.pop(number % len(self.running)))

    @rule()
    def settle(self) -> None:
        if self.killed:
            self.killed.pop().settle()

    @rule(number=number)
    def lose_a_commit(self, number: int) -> None:
        if self.running:
            one = self.running[number % len(self.running)]
            one.database.is_unheard = True
            one.look()
            one.database.is_unheard = False

    @rule(number=number, is_away=st.booleans())
    def go_away_or_come_back(self, number: int, *, is_away: bool) -> None:
        if self.running:
            self.running[number % len(self.running)].database.is_away = is_away

    @rule(seconds=st.sampled_from([ALL_SECONDS, ANEW_SECONDS]))
    def wait(self, seconds: float) -> None:
        self.world.seconds += seconds

    @rule()
    def midnight(self) -> None:
        if self.world.moment == NOON:
            self.world.moment += timedelta(days=1)
            self.world.seconds += 1

    @invariant()
    def no_more_was_told_than_agreed(self) -> None:
        if not hasattr(self, "world"):
            return
        for told in self.world.told.values():
            assert told <= (self.limits.per_day or 0)
        if self.limits.per_month is not None:
            assert self.world.told.total() <= self.limits.per_month

    def teardown(self) -> None:
        """Nothing stays taken that was not told."""
        if not hasattr(self, "world"):
            return
        for one in self.running:
            one.database.is_away = False
            one.leases.end()
        for one in self.killed:
            one.settle()
        for day in (DAY, DAY + timedelta(days=1)):
            stands = self.world.stands(day)
            if stands is not None:
                assert stands.of_day == self.world.told[day]
                assert stands.of_month == self.world.told.total()
        self.database.close()
        self.folder.cleanup()


TestReplicas = Replicas.TestCase
TestReplicas.settings = settings(
    max_examples=30, stateful_step_count=30, derandomize=True, deadline=None
)
