"""PostgreSQL's channels: sessions over one database tell each other that something is new."""

from __future__ import annotations

from contextlib import ExitStack, closing
from selectors import EVENT_READ, DefaultSelector
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url, text

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel import channel as kernel_channel
from openjpki.storage.kernel import engine
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from tests.support.postgres import postgres_server, postgres_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openjpki.storage.kernel.channel import Channel
    from openjpki.storage.kernel.failures import Cause

__all__ = ["postgres_server", "postgres_url"]

PATIENCE = 90.0
_PID = text("SELECT pg_backend_pid()")
_END_OTHERS = text(
    "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    # One connection: a channel takes none of them.
    with closing(Database(postgres_url, DatabaseOptions(pool_size=1))) as made:
        yield made


def comes(channel: Channel) -> bool:
    """Whether another session tells; waits for whatever there is to read."""
    with DefaultSelector() as waiting:
        waiting.register(channel, EVENT_READ)
        while waiting.select(PATIENCE):
            if channel.heard():
                return True
    return False


def lose(database: Database, use: Callable[[Channel], object]) -> None:
    """Use one whose connection was lost."""
    with closing(database.channel("news")) as channel:
        assert database.ask(lambda tx: tx.connection.execute(_END_OTHERS).scalar_one()) == 1
        use(channel)


def test_all_others_are_told(database: Database) -> None:
    with ExitStack() as stack:
        one, *others = [stack.enter_context(closing(database.channel("news"))) for _ in range(3)]
        elsewhere = stack.enter_context(closing(database.channel("other_news")))
        one.tell()
        assert all(comes(other) for other in others)
        # It was committed before, so whatever they were told is there.
        assert not elsewhere.heard()
        assert not one.heard()
        assert not any(other.heard() for other in others)
        others[0].tell()
        assert comes(one)
        database.check()


def test_what_comes_while_one_tells_is_heard(database: Database) -> None:
    """The driver reads it then, and there is nothing left to wait for."""
    with closing(database.channel("news")) as one, closing(database.channel("news")) as other:
        other.tell()
        one.tell()
        assert comes(other)
        assert one.heard() or comes(one)


def test_a_connection_that_was_lost_shows(database: Database) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        lose(database, comes)
    assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE
    with closing(database.channel("news")) as one, closing(database.channel("news")) as other:
        one.tell()
        assert comes(other)


def test_telling_over_a_connection_that_was_lost_is_refused(database: Database) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        lose(database, lambda channel: channel.tell())
    assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE


def _server_process(database: Database) -> int:
    return int(database.ask(lambda tx: tx.connection.execute(_PID).scalar_one()))


def test_calls_keep_their_connections_whatever_becomes_of_a_channel(database: Database) -> None:
    before = _server_process(database)
    failures: list[Cause] = []
    database.tell_failures(failures.append)
    with closing(database.channel("news")) as channel:
        # All connections of the pool are in use: none of them is a channel's.
        with database.reading():
            channel.tell()
        assert database.ask(lambda tx: tx.connection.execute(_END_OTHERS).scalar_one()) == 1
        with pytest.raises(OpenJpkiError):
            channel.tell()
    assert _server_process(database) == before
    assert failures == []


def test_a_server_may_end_sessions_that_say_nothing_but_a_channel(postgres_url: str) -> None:
    url = make_url(postgres_url).update_query_dict({"options": "-c idle_session_timeout=7000"})
    with closing(Database(url.render_as_string(hide_password=False))) as database:
        with closing(database.channel("news")) as channel:
            session = channel._session
            found = session.execute("SHOW idle_session_timeout").fetchone()
            assert found == ("0",)
        asked = text("SHOW idle_session_timeout")
        assert database.ask(lambda tx: tx.connection.execute(asked).scalar_one()) == "7s"


def test_who_is_kept_from_telling_keeps_the_channel(
    postgres_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by another program's transaction that has told and is not over, whose lock is none that
    can be taken by itself: here it is another one."""
    monkeypatch.setitem(engine._CHANNEL, "lock_timeout", "50")
    lock = "SELECT pg_advisory_xact_lock(7)"
    with (
        closing(Database(postgres_url)) as quick,
        closing(quick.channel("news")) as one,
        closing(database.channel("news")) as other,
    ):
        monkeypatch.setattr(one, "_name", f"news; {lock}")
        with database.reading() as tx:
            tx.connection.exec_driver_sql(lock)
            assert not one.tell()
        assert one.tell()
        assert comes(other)


def test_a_server_that_answers_no_more_is_given_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(database.channel("news")) as channel, monkeypatch.context() as patch:
        patch.setattr(kernel_channel, "ANSWERS_WITHIN", 0.0)
        patch.setattr(channel, "_name", "news; SELECT pg_sleep(600)")
        with pytest.raises(OpenJpkiError) as refusal:
            channel.tell()
        assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE
        assert database.ask(lambda tx: tx.connection.execute(_END_OTHERS).scalar_one()) == 1
    with closing(database.channel("news")) as another:
        assert another.tell()


def test_one_process_alone_has_nobody_to_tell(tmp_path: Path, database: Database) -> None:
    assert database.has_channels
    with closing(Database(f"sqlite:///{tmp_path / 'ca.db'}")) as alone:
        assert not alone.has_channels
