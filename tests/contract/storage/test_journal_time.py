"""What the journal's periods are over by: clocks that jump both ways dispose of nothing early."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.journal_keeping import keep_journal
from openjpki.services.common.journal_time import STREAM as OF_JOURNAL
from openjpki.services.common.journal_time import JournalTime, confirm_time
from openjpki.storage.kernel import journal_time, segments
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.segments import SegmentRule
from openjpki.storage.kernel.tables import SegmentState
from openjpki.telemetry.metrics import JOURNAL_TIME_BEHIND
from tests.support.journal_samples import STREAM, append
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database

DAY, YEAR = timedelta(days=1), timedelta(days=366)


def _before(now: datetime) -> datetime:
    """A day before, or some: neither it nor the next is a 29 February, which most years lack."""
    moment = now - DAY
    while (2, 29) in {(one.month, one.day) for one in (moment, moment + DAY)}:
        moment -= DAY
    return moment


NOW = _before(datetime.now(UTC).replace(microsecond=0))
"""The clock of the tests. PostgreSQL's is a day ahead of it, and no test sets that."""
RULE = SegmentRule(longest=DAY, most_entries=3)


@dataclass
class Machine:
    """Its clock, which somebody may set, and its counter, which nobody can."""

    clock: datetime = NOW
    counter: float = 1000.0

    def now(self) -> datetime:
        return self.clock

    def count(self) -> float:
        return self.counter

    def passes(self, time: timedelta) -> None:
        self.clock += time
        self.counter += time.total_seconds()


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "ca")
    return empty_database


def time_of(database: Database, machine: Machine) -> JournalTime:
    return JournalTime(database, machine, counter=machine.count)


def reached(database: Database) -> datetime | None:
    with database.reading() as tx:
        return journal_time.reached(tx)


def due_in(database: Database, time: timedelta) -> None:
    """A sealed segment whose ten years are over so long after :data:`NOW`."""
    begins = NOW + time
    begins = begins.replace(year=begins.year - 10)
    with database.transaction() as tx:
        for _ in range(RULE.most_entries):
            append(tx, at=begins, not_after=begins)


def disposed(database: Database, machine: Machine, time: JournalTime) -> bool:
    """Whether the segment is gone after a round."""
    keep_journal(database, SqlJournal(), machine, time.now, actor="ca", rule=RULE)
    with database.reading() as tx:
        found = segments.segments_of(tx, STREAM, RetentionClass.USER_CERTIFICATES)
    return found[0].state is SegmentState.DISPOSED


def test_it_begins_at_what_the_journal_has_reached(database: Database) -> None:
    due_in(database, DAY)
    machine = Machine()
    # Not at the clock's time on the first day: a segment that was opened ten years ago is all that
    # is known.
    first = time_of(database, machine).now()
    assert first < NOW - 9 * YEAR
    assert reached(database) == first
    (behind,) = JOURNAL_TIME_BEHIND.collect()
    assert behind.samples[0].value > 9 * 365 * 86_400


def test_a_new_journal_begins_now(database: Database) -> None:
    assert time_of(database, Machine()).now() == NOW


def test_time_that_passed_disposes_and_a_clock_that_jumps_does_not(database: Database) -> None:
    machine = Machine()
    time = time_of(database, machine)
    time.now()
    due_in(database, timedelta(hours=2))
    assert not disposed(database, machine, time)
    # Ahead by years, for an hour; no clock of the database stands in the way of a day.
    for ahead in (YEAR, timedelta(hours=20)):
        machine.clock += ahead
        for _ in range(6):
            machine.passes(timedelta(minutes=5))
            assert not disposed(database, machine, time)
        machine.clock -= ahead
    assert not disposed(database, machine, time)
    # An hour passed, and another one.
    machine.passes(timedelta(minutes=59))
    assert not disposed(database, machine, time)
    machine.passes(timedelta(minutes=2))
    assert disposed(database, machine, time)
    assert reached(database) == machine.clock


def test_a_clock_that_was_behind_only_delays(database: Database) -> None:
    machine = Machine()
    time = time_of(database, machine)
    time.now()
    due_in(database, timedelta(hours=2))
    machine.clock -= YEAR
    assert not disposed(database, machine, time)
    machine.clock += YEAR
    machine.passes(timedelta(hours=3))
    assert not disposed(database, machine, time)
    assert reached(database) == NOW - YEAR + timedelta(hours=3)
    confirm_time(database, SqlJournal(), machine, today=machine.clock.date(), actor="console:mori")
    assert disposed(database, machine, time)


def test_a_process_that_begins_believes_no_clock(database: Database) -> None:
    """However often it begins."""
    machine = Machine()
    time_of(database, machine).now()
    due_in(database, timedelta(hours=2))
    machine.clock += timedelta(hours=20)
    for _ in range(5):
        assert not disposed(database, machine, time_of(database, machine))
    assert reached(database) == NOW


def test_what_several_processes_count_is_not_added_up(database: Database) -> None:
    machine = Machine()
    times = [time_of(database, machine) for _ in range(3)]
    for time in times:
        time.now()
    # Their clocks are ahead: what they count is all that holds them.
    machine.clock += timedelta(hours=20)
    for _ in range(4):
        machine.passes(timedelta(minutes=10))
        for time in times:
            time.now()
    assert reached(database) == NOW + timedelta(minutes=40)


def test_what_was_too_far_comes_back(database: Database) -> None:
    """An installation made while the clock was ahead."""
    machine = Machine(clock=NOW + timedelta(hours=20))
    time = time_of(database, machine)
    assert time.now() == NOW + timedelta(hours=20)
    machine.clock = NOW
    assert time.now() == NOW
    assert reached(database) == NOW


def test_a_clock_ahead_of_the_databases_is_not_believed(database: Database) -> None:
    machine = Machine(clock=NOW + YEAR)
    begun = time_of(database, machine).now()
    if database.dialect == "postgresql":
        assert begun < NOW + 2 * DAY
    else:
        # There is one clock.
        assert begun == NOW + YEAR


def test_an_operators_word_makes_up_for_what_nobody_counted(database: Database) -> None:
    machine = Machine()
    time_of(database, machine).now()
    due_in(database, timedelta(hours=2))
    # The service was away.
    machine.clock += timedelta(hours=20)
    machine.counter = 5.0
    assert not disposed(database, machine, time_of(database, machine))
    for wrong in (machine.clock.date() - DAY, machine.clock.date() + DAY):
        with pytest.raises(OpenJpkiError) as refused:
            confirm_time(database, SqlJournal(), machine, today=wrong, actor="console:mori")
        assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "today")
    assert reached(database) == NOW
    moved = confirm_time(
        database, SqlJournal(), machine, today=machine.clock.date(), actor="console:mori"
    )
    assert moved == (NOW, machine.clock)
    with database.reading() as tx:
        (told,) = SqlJournal().read(tx, OF_JOURNAL, RetentionClass.ADMINISTRATION)
    assert (told.act, told.actor) == ("journal.time_confirmed", "console:mori")
    assert told.details["before"] == NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert disposed(database, machine, time_of(database, machine))
