"""Segments of the journal: closed, sealed, verified, disposed of; on the ca service's schema."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.journal_keeping import keep_journal
from openjpki.storage.kernel import segments
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.segments import Fault, FaultKind, Segment, SegmentRule
from openjpki.storage.kernel.tables import SegmentState, journal
from tests.support.journal_samples import ACTOR, AT, STREAM, append
from tests.support.room import assert_room
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database

USERS = RetentionClass.USER_CERTIFICATES
DAY = timedelta(days=1)
RULE = SegmentRule(longest=30 * DAY, most_entries=3)
EXPIRY = datetime(2029, 4, 1, 14, 59, 59, tzinfo=UTC)
OVER = datetime(2039, 4, 1, 15, 0, 1, tzinfo=UTC)
"""A second after ten years after the end of EXPIRY's minute."""


@dataclass
class Clock:
    moment: datetime

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "ca")
    return empty_database


def write(
    database: Database,
    count: int = 1,
    *,
    retention: RetentionClass = USERS,
    at: datetime = AT,
    not_after: datetime | None = EXPIRY,
) -> None:
    with database.transaction() as tx:
        for _ in range(count):
            append(tx, retention=retention, at=at, not_after=not_after)


def seal(database: Database, now: datetime = AT + 30 * DAY) -> None:
    segments.close_due(database, RULE, now)
    segments.seal_closed(database, now)


def all_of(database: Database, retention: RetentionClass = USERS) -> list[Segment]:
    with database.reading() as tx:
        return segments.segments_of(tx, STREAM, retention)


def faults(database: Database) -> list[Fault]:
    with database.reading() as tx:
        return segments.faults(tx, STREAM, USERS)


def numbers(database: Database) -> list[int]:
    with database.reading() as tx:
        return [entry.number for entry in SqlJournal().read(tx, STREAM, USERS)]


def tamper(database: Database, statement: str, *, table: str = "journal") -> None:
    """Change what is stored as somebody would who can switch the guards off."""
    with database.transaction() as tx:
        if database.dialect == "postgresql":
            tx.connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            tx.connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            names = select(text("name")).select_from(text("sqlite_master"))
            names = names.where(text(f"type = 'trigger' AND tbl_name = '{table}'"))
            for name in tx.connection.execute(names).scalars().all():
                tx.connection.execute(text(f"DROP TRIGGER {name}"))
        tx.connection.execute(text(statement))


def test_a_segment_is_closed_by_age_or_length_and_never_empty(database: Database) -> None:
    write(database, 2)
    assert segments.close_due(database, RULE, AT + 29 * DAY) == 0
    assert segments.close_due(database, RULE, AT + 30 * DAY) == 1
    assert segments.close_due(database, RULE, AT + 90 * DAY) == 0
    write(database, 3)
    assert segments.close_due(database, RULE, AT + 31 * DAY) == 1
    assert [(one.number, one.first_entry, one.last_entry) for one in all_of(database)] == [
        (1, 1, 2),
        (2, 3, 5),
        (3, 6, 5),
    ]


def test_numbers_go_on_over_segments(database: Database) -> None:
    for months in range(1, 4):
        write(database, 2)
        seal(database, AT + months * 30 * DAY)
    assert numbers(database) == [1, 2, 3, 4, 5, 6]
    *sealed, last = [one.state for one in all_of(database)]
    assert (sealed, last) == ([SegmentState.SEALED] * 3, SegmentState.OPEN)
    assert faults(database) == []


def test_classes_are_sealed_apart(database: Database) -> None:
    write(database, 3)
    write(database, retention=RetentionClass.OPERATIONS, at=AT + 20 * DAY)
    seal(database)
    assert [one.state for one in all_of(database)] == [SegmentState.SEALED, SegmentState.OPEN]
    assert [one.state for one in all_of(database, RetentionClass.OPERATIONS)] == [SegmentState.OPEN]


def test_a_digest_covers_the_segment_before(database: Database) -> None:
    for _ in range(2):
        write(database, 3)
        seal(database)
    first, second, _ = all_of(database)
    assert first.digest != second.digest
    tamper(
        database,
        "UPDATE journal_segments SET digest = (SELECT digest FROM journal_segments"
        " WHERE segment = 2) WHERE segment = 1",
        table="journal_segments",
    )
    assert faults(database) == [
        Fault(1, FaultKind.DIGEST_DIFFERS),
        Fault(2, FaultKind.DIGEST_DIFFERS),
    ]


def test_the_digest_is_the_one_an_auditor_computes(database: Database) -> None:
    """From the rows alone, by the recipe that is written down."""

    def octets(*parts: str) -> bytes:
        return b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)

    write(database, 3)
    seal(database)
    facts = '{"cause":"CHANGE_NOTICE","reason_code":3}'
    head = octets("openjpki journal segment 1", "13", "user_certificates", "1")
    digest = hashlib.sha256(bytes(32) + head).digest()
    for number in ("1", "2", "3"):
        entry = octets(
            number, "2026-04-01T09:30:15.250000Z", "user_certificates.done", ACTOR, "1f", facts
        )
        digest = hashlib.sha256(digest + entry).digest()
    assert all_of(database)[0].digest == digest


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE journal SET actor = 'nobody' WHERE number = 2", FaultKind.DIGEST_DIFFERS),
        ("UPDATE journal SET details = '{}' WHERE number = 3", FaultKind.DIGEST_DIFFERS),
        ("UPDATE journal SET act = 'other' WHERE number = 1", FaultKind.DIGEST_DIFFERS),
        ("DELETE FROM journal WHERE number = 2", FaultKind.ENTRY_MISSING),
        (
            "INSERT INTO journal SELECT stream, retention, 1, 9, at, act, actor, subject, details"
            " FROM journal WHERE number = 1",
            FaultKind.ENTRY_BEYOND,
        ),
    ],
)
def test_tampering_is_found(database: Database, statement: str, found: FaultKind) -> None:
    write(database, 3)
    seal(database)
    assert faults(database) == []
    tamper(database, statement)
    assert Fault(1, found) in faults(database)


def test_a_segment_that_is_gone_is_missed(database: Database) -> None:
    for _ in range(3):
        write(database, 3)
        seal(database)
    tamper(database, "DELETE FROM journal WHERE segment = 2")
    tamper(database, "DELETE FROM journal_segments WHERE segment = 2", table="journal_segments")
    assert Fault(2, FaultKind.SEGMENT_MISSING) in faults(database)


def test_the_last_segment_is_missed(database: Database) -> None:
    write(database, 3)
    seal(database)
    tamper(database, "DELETE FROM journal_segments WHERE segment = 2", table="journal_segments")
    assert faults(database) == [Fault(2, FaultKind.SEGMENT_MISSING)]


def test_an_entry_that_is_missing_shows_before_it_is_sealed(database: Database) -> None:
    write(database, 3)
    tamper(database, "DELETE FROM journal WHERE number = 3")
    assert faults(database) == [Fault(1, FaultKind.ENTRY_MISSING)]


def test_disposal_waits_for_the_end_of_the_period(database: Database) -> None:
    write(database, 2)
    write(database, 1, not_after=EXPIRY + DAY)
    seal(database)
    (segment, _) = all_of(database)
    for moment in (AT, EXPIRY, OVER):
        with pytest.raises(OpenJpkiError) as refusal, database.transaction() as tx:
            segments.dispose(tx, segment, moment)
        assert refusal.value.reason is Reason.WRONG_STATE
    assert numbers(database) == [1, 2, 3]
    with database.transaction() as tx:
        assert segments.dispose(tx, segment, OVER + DAY)
        assert not segments.dispose(tx, segment, OVER + DAY)
    assert numbers(database) == []
    disposed, _ = all_of(database)
    assert (disposed.state, disposed.digest) == (SegmentState.DISPOSED, segment.digest)
    assert faults(database) == []


def test_only_a_sealed_segment_is_disposed_of(database: Database) -> None:
    write(database, 3)
    (segment,) = all_of(database)
    with pytest.raises(OpenJpkiError), database.transaction() as tx:
        segments.dispose(tx, segment, OVER)
    segments.close_due(database, RULE, AT + 30 * DAY)
    with pytest.raises(OpenJpkiError), database.transaction() as tx:
        segments.dispose(tx, segment, OVER)
    assert numbers(database) == [1, 2, 3]


def test_only_the_entries_of_a_disposed_segment_can_go(database: Database) -> None:
    for _ in range(2):
        write(database, 3)
        seal(database)
    first, *_ = all_of(database)
    with database.transaction() as tx:
        segments.dispose(tx, first, OVER)
    with pytest.raises(OpenJpkiError), database.transaction() as tx:
        tx.connection.execute(text("DELETE FROM journal"))
    assert numbers(database) == [4, 5, 6]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_segments SET state = 'open' WHERE segment = 1",
        "UPDATE journal_segments SET counts_from = opened_at WHERE segment = 1",
        "UPDATE journal_segments SET last_entry = 2 WHERE segment = 1",
        "DELETE FROM journal_segments WHERE segment = 1",
        "DELETE FROM journal",
        "UPDATE journal SET actor = 'nobody'",
    ],
)
def test_a_sealed_segment_is_not_changed(database: Database, statement: str) -> None:
    write(database, 3)
    seal(database)
    before = all_of(database)
    with pytest.raises(OpenJpkiError), database.transaction() as tx:
        tx.connection.execute(text(statement))
    assert all_of(database) == before
    assert faults(database) == []


def test_what_a_crash_left_between_two_steps_is_taken_up(database: Database) -> None:
    """Each step commits by itself: stopping after any of them loses nothing."""
    write(database, 3)
    segments.close_due(database, RULE, AT + 30 * DAY)
    write(database, 1)
    assert numbers(database) == [1, 2, 3, 4]
    assert segments.seal_closed(database, AT + 31 * DAY) == 1
    assert segments.seal_closed(database, AT + 31 * DAY) == 0
    assert faults(database) == []

    first, _ = all_of(database)

    def killed_after_disposing() -> None:
        with database.transaction() as tx:
            segments.dispose(tx, first, OVER)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed_after_disposing()
    assert numbers(database) == [1, 2, 3, 4]
    with database.transaction() as tx:
        assert segments.dispose(tx, first, OVER)
    assert numbers(database) == [4]


def test_acts_go_on_while_segments_are_closed(database: Database) -> None:
    """Writers and several keepers at once: no act is lost, no number twice."""
    rule = SegmentRule(longest=30 * DAY, most_entries=2)

    def work(number: int) -> None:
        if number % 4 == 0:
            segments.close_due(database, rule, AT)
            segments.seal_closed(database, AT)
        else:
            database.run(append)

    # In rounds: who comes to write when is the threads' own affair, and acts must be left to close.
    for _ in range(5):
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work, range(12)))
        segments.close_due(database, rule, AT)
        segments.seal_closed(database, AT)
    assert numbers(database) == list(range(1, 46))
    assert len(all_of(database)) >= 5
    assert faults(database) == []


def test_keeping_the_journal_does_all_that_is_due(database: Database) -> None:
    clock = Clock(AT)
    write(database, 3, at=AT - DAY)
    with database.transaction() as tx:
        append(tx, retention=RetentionClass.OPERATIONS)

    def keep() -> None:
        keep_journal(database, SqlJournal(), clock, clock.now, actor="ca", rule=RULE)

    keep()
    assert [one.state for one in all_of(database)] == [SegmentState.SEALED, SegmentState.OPEN]
    clock.moment = OVER - DAY
    keep()
    assert numbers(database) == [1, 2, 3]
    clock.moment = OVER
    keep()
    assert numbers(database) == []
    disposed, _ = all_of(database)
    with database.reading() as reading:
        *_, told = SqlJournal().read(reading, STREAM, RetentionClass.OPERATIONS)
    assert (told.act, told.actor) == ("segment.disposed", "ca")
    assert disposed.digest is not None
    assert told.details["digest"] == disposed.digest.hex()
    assert told.details["entries"] == 3


def test_a_segment_that_was_altered_is_not_disposed_of(database: Database) -> None:
    """It is evidence; others whose period is over go all the same."""
    for _ in range(2):
        write(database, 3)
        seal(database)
    tamper(database, "UPDATE journal SET actor = 'nobody' WHERE number = 2")
    with pytest.raises(OpenJpkiError) as refusal:
        keep_journal(database, SqlJournal(), Clock(OVER), Clock(OVER).now, actor="ca")
    assert refusal.value.reason is Reason.INTERNAL
    assert numbers(database) == [1, 2, 3]


def test_what_waits_for_audits_is_kept_until_both_are_complete(database: Database) -> None:
    operations = RetentionClass.OPERATIONS
    write(database, 3, retention=operations)
    seal(database)
    late = Clock(OVER + 9999 * DAY)
    keep_journal(database, SqlJournal(), late, late.now, actor="ca")
    (segment, *_) = all_of(database, operations)
    assert segment.state is SegmentState.SEALED
    with pytest.raises(OpenJpkiError), database.transaction() as tx:
        segments.dispose(tx, segment, OVER, audited_until=AT)
    with database.transaction() as tx:
        assert segments.dispose(tx, segment, OVER, audited_until=AT + DAY)
        left = select(journal.c.number).where(journal.c.segment == segment.number)
        assert tx.connection.execute(left).all() == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_writing_leaves_no_room_behind_in_the_segments_though_nobody_vacuums(
    database: Database,
) -> None:
    """The row of the open segment changes with each entry: its old versions go as new ones come."""
    numbers = count()

    def enter() -> None:
        for _ in range(800):
            at = AT + next(numbers) * timedelta(milliseconds=100)
            write(database, retention=RetentionClass.ADMINISTRATION, at=at, not_after=None)

    assert_room(database, enter, "pg_relation_size", {"journal_segments": 2 * 8192})


def test_a_certificate_without_an_end_is_kept_for_ever(database: Database) -> None:
    """RFC 5280 4.1.2.5: its notAfter is the last second that there is."""
    write(database, not_after=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    (segment,) = all_of(database)
    assert segment.counts_from.year == 9999
