"""Transactions and answered requests, on the ca service's schema."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.requests import RequestKey, RequestLog
from openjpki.storage.migrations import upgrade
from tests.support.journal_samples import AT, append
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from openjpki.storage.kernel.transaction import Transaction

CALLER = "spiffe://openjpki.example/registration"
USERS = RetentionClass.USER_CERTIFICATES


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "ca")
    return empty_database


def key(request_id: str = "0a", content: bytes = b"content") -> RequestKey:
    return RequestKey.of("Service/Method", CALLER, request_id, content)


def _append_once(database: Database) -> None:
    with database.transaction() as tx:
        append(tx)


def test_request_is_answered_once(database: Database) -> None:
    log, calls = RequestLog(), []

    def work(_tx: Transaction) -> bytes:
        calls.append(1)
        return b"answer %d" % len(calls)

    first = log.once(database, key(), AT, work)
    assert log.once(database, key(), AT + timedelta(hours=1), work) == first == b"answer 1"
    assert log.once(database, key("0b"), AT, work) == b"answer 2"
    other = RequestKey.of("Service/Method", "spiffe://openjpki.example/ocsp", "0a", b"content")
    assert log.once(database, other, AT, work) == b"answer 3"


def test_request_id_with_other_content_is_refused(database: Database) -> None:
    log = RequestLog()
    log.once(database, key(), AT, lambda _tx: b"answer")
    with pytest.raises(OpenJpkiError) as refusal:
        log.once(database, key(content=b"other"), AT, lambda _tx: b"answer")
    assert refusal.value.reason is Reason.REQUEST_ID_REUSED
    assert refusal.value.field == "request_id"


def test_a_call_repeats_the_one_that_has_all_of_its_key() -> None:
    first = RequestKey.of("Decide", "officer", "01", b"content")
    assert first.repeats(RequestKey.of("Decide", "officer", "01", b"content"))
    for other in (
        RequestKey.of("Withdraw", "officer", "01", b"content"),
        RequestKey.of("Decide", "another", "01", b"content"),
        RequestKey.of("Decide", "officer", "02", b"content"),
    ):
        assert not other.repeats(first)
    with pytest.raises(OpenJpkiError) as refusal:
        RequestKey.of("Decide", "officer", "01", b"other").repeats(first)
    assert refusal.value.reason is Reason.REQUEST_ID_REUSED


def test_refusal_is_not_remembered(database: Database) -> None:
    log = RequestLog()

    def refuse(_tx: Transaction) -> bytes:
        raise OpenJpkiError(Reason.WRONG_STATE, "is not so")

    with pytest.raises(OpenJpkiError):
        log.once(database, key(), AT, refuse)
    assert log.once(database, key(), AT, lambda _tx: b"now") == b"now"


def test_same_request_twice_at_once_is_done_once(database: Database) -> None:
    log, done, together = RequestLog(), [], threading.Barrier(6)

    def work(tx: Transaction) -> bytes:
        append(tx)
        tx.after_commit(lambda: done.append(1))
        return b"answer %d" % threading.get_ident()

    def call(_: int) -> bytes:
        together.wait(60)
        return log.once(database, key(), AT, work)

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(call, range(6)))
    assert len(answers) == 1
    assert done == [1]
    with database.reading() as tx:
        assert [entry.number for entry in SqlJournal().read(tx, "13", USERS)] == [1]


def test_answers_are_forgotten_by_age(database: Database) -> None:
    log = RequestLog()
    log.once(database, key("01"), AT, lambda _tx: b"old")
    log.once(database, key("02"), AT + timedelta(days=2), lambda _tx: b"new")
    with database.transaction() as tx:
        assert log.forget_before(tx, AT + timedelta(days=1), at_most=9) == 1
    with database.reading() as tx:
        assert log.find(tx, key("01")) is None
        assert log.find(tx, key("02")) == b"new"


def test_answers_are_forgotten_oldest_first_and_by_several_at_once(database: Database) -> None:
    log = RequestLog()
    for number in range(20):
        at = AT + timedelta(minutes=number)
        log.once(database, key(f"{number:02x}"), at, lambda _tx: b"answer")
    with database.transaction() as tx:
        assert log.forget_before(tx, AT + timedelta(days=1), at_most=5) == 5
    with database.reading() as reading:
        assert log.find(reading, key("04")) is None
        assert log.find(reading, key("05")) == b"answer"

    def forget(_: int) -> int:
        before = AT + timedelta(minutes=18)
        return database.run(lambda tx: log.forget_before(tx, before, at_most=4))

    with ThreadPoolExecutor(4) as pool:
        # One that meets another's rows takes none of them; a last look takes what is left.
        assert sum(pool.map(forget, range(4))) + forget(0) + forget(0) == 13
    with database.reading() as reading:
        assert log.find(reading, key("11")) is None
        assert log.find(reading, key("12")) == log.find(reading, key("13")) == b"answer"


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(OpenJpkiError), database.reading() as tx:
        tx.connection.execute(text("DELETE FROM requests"))


def test_asking_cannot_write(database: Database) -> None:
    with database.transaction() as tx:
        append(tx)
    for statement in ("DELETE FROM requests", "UPDATE journal_segments SET last_entry = 9"):
        with pytest.raises(OpenJpkiError):
            database.ask(lambda tx: tx.connection.execute(text(statement)))  # noqa: B023
    with database.reading() as reading:
        segments = reading.connection.execute(text("SELECT last_entry FROM journal_segments"))
        assert segments.scalar_one() == 1
    with database.transaction() as tx:
        append(tx)
    count = text("SELECT count(*) FROM journal")
    assert database.ask(lambda tx: tx.connection.execute(count).scalar_one()) == 2


def test_reading_sees_one_moment(database: Database) -> None:
    with database.transaction() as tx:
        append(tx)
    with database.reading() as early:
        assert len(list(SqlJournal().read(early, "13", USERS))) == 1
        with database.transaction() as tx:
            append(tx)
        assert len(list(SqlJournal().read(early, "13", USERS))) == 1
    with database.reading() as late:
        assert len(list(SqlJournal().read(late, "13", USERS))) == 2


def test_transactions_in_each_others_way_are_done_again(database: Database) -> None:
    """Each adds one to two rows, the second in the other order: on PostgreSQL a deadlock, of which
    one is the victim. On SQLite writers take turns and never meet."""
    with database.transaction() as tx:
        tx.connection.execute(text("CREATE TABLE sums (id INTEGER PRIMARY KEY, number INTEGER)"))
        tx.connection.execute(text("INSERT INTO sums VALUES (1, 0), (2, 0)"))
    both_hold_one = threading.Barrier(2)
    attempts: list[int] = []

    def call(first: int, second: int) -> None:
        def add(tx: Transaction) -> None:
            attempts.append(first)
            add_one = text("UPDATE sums SET number = number + 1 WHERE id = :id")
            tx.connection.execute(add_one, {"id": first})
            if database.dialect == "postgresql" and len(attempts) <= 2:
                both_hold_one.wait(60)
            tx.connection.execute(add_one, {"id": second})

        database.run(add)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(call, (1, 2), (2, 1)))
    with database.reading() as reading:
        assert list(reading.connection.execute(text("SELECT number FROM sums")).scalars()) == [2, 2]
    assert len(attempts) == (3 if database.dialect == "postgresql" else 2)


def test_errors_hold_no_values(database: Database) -> None:
    person = "国民太郎"
    statement = text("INSERT INTO alembic_version (version_num) VALUES (:s), (:n)")
    with pytest.raises(OpenJpkiError) as refusal, database.transaction() as tx:
        tx.connection.execute(statement, {"s": person, "n": None})
    assert refusal.value.reason is Reason.INTERNAL
    assert refusal.value.__suppress_context__
    assert person not in str(refusal.value) + repr(refusal.value.metadata)


def test_a_writer_does_not_wait_for_ever(database_url: str) -> None:
    impatient = Database(database_url, DatabaseOptions(lock_timeout=0.2))
    upgrade(impatient, "ca")
    with impatient.transaction() as tx:
        append(tx)
        with ThreadPoolExecutor(1) as pool:
            second = pool.submit(_append_once, impatient)
            with pytest.raises(OpenJpkiError) as refusal:
                second.result(90)
    assert refusal.value.reason is Reason.CONFLICTING_CHANGE
    impatient.close()


def test_a_connection_that_was_made_is_kept(database: Database) -> None:
    """However many were in use at once: no later call pays for making one."""

    def all_in_use() -> set[object]:
        with contextlib.ExitStack() as readers:
            return {
                readers.enter_context(database.reading()).connection.connection.driver_connection
                for _ in range(database.most_connections)
            }

    made = all_in_use()
    assert len(made) == database.most_connections
    assert all_in_use() == made


def test_unreachable_server_is_unavailable(tmp_path: object) -> None:
    database = Database(f"postgresql://nobody@/none?host={tmp_path}")
    with pytest.raises(OpenJpkiError) as refusal:
        database.check()
    assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE


@pytest.mark.parametrize("url", ["", "nothing", "mysql://h/d", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        Database(url)
    assert refusal.value.field == "database_url"


def test_password_is_not_shown() -> None:
    assert "hush" not in repr(Database("postgresql://ca:hush@db.example/ca"))


def test_sqlite_keeps_what_it_committed(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/durable.db")
    with database.reading() as tx:
        pragma = {
            name: tx.connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragma == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10000,
    }
