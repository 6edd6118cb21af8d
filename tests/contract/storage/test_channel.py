"""PostgreSQL's channels: sessions over one database tell each other that something is new."""

from __future__ import annotations

from contextlib import ExitStack, closing
from selectors import EVENT_READ, DefaultSelector
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from tests.support.postgres import postgres_server, postgres_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openjpki.storage.kernel.channel import Channel

__all__ = ["postgres_server", "postgres_url"]

PATIENCE = 90.0
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
    with database.channel("news") as channel:
        assert database.ask(lambda tx: tx.connection.execute(_END_OTHERS).scalar_one()) == 1
        use(channel)


def test_all_others_are_told(database: Database) -> None:
    with ExitStack() as stack:
        one, *others = [stack.enter_context(database.channel("news")) for _ in range(3)]
        elsewhere = stack.enter_context(database.channel("other_news"))
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
    with database.channel("news") as one, database.channel("news") as other:
        other.tell()
        one.tell()
        assert comes(other)
        assert one.heard() or comes(one)


def test_a_connection_that_was_lost_shows(database: Database) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        lose(database, comes)
    assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE
    with database.channel("news") as one, database.channel("news") as other:
        one.tell()
        assert comes(other)


def test_telling_over_a_connection_that_was_lost_is_refused(database: Database) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        lose(database, lambda channel: channel.tell())
    assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE


def test_one_process_alone_has_nobody_to_tell(tmp_path: Path, database: Database) -> None:
    assert database.has_channels
    with closing(Database(f"sqlite:///{tmp_path / 'ca.db'}")) as alone:
        assert not alone.has_channels
