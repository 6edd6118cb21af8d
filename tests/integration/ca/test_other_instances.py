"""Instances over one database: who was revoked at one is looked for at the others, at once."""

from __future__ import annotations

from contextlib import closing, contextmanager
from threading import Event, Lock, active_count
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy import text

from openjpki.config.clock import SystemClock
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.feed_signal import FeedSignal
from openjpki.services.ca.status import feed_heads, other_instances
from openjpki.services.ca.status.feed_heads import FeedHeads
from openjpki.services.ca.status.other_instances import OtherInstances
from openjpki.storage.ca import authorities, feed
from openjpki.storage.kernel.channel import Channel
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade
from openjpki.telemetry.metrics import REGISTRY
from tests.support.ca_rows import TOKYO, authority, event_of, intent
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

NEVER = 600.0


class Instance:
    """As much of one as tells and hears."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.signal = FeedSignal()
        self.signal.listen(self._hear)
        self.others = OtherInstances(self.database, self.signal)
        self._lock = Lock()
        self._heard = 0

    def _hear(self) -> None:
        with self._lock:
            self._heard += 1

    @property
    def heard(self) -> int:
        """How often there was something, by itself or by others."""
        with self._lock:
            return self._heard


@contextmanager
def instance(url: str) -> Iterator[Instance]:
    """One that listens."""
    made = Instance(url)
    with closing(made.database):
        made.others.start()
        try:
            # Once it listens it has whoever follows look.
            wait_until(lambda: made.heard == 1)
            yield made
        finally:
            made.others.stop()


def test_others_look_once_and_nobody_twice(postgres_url: str) -> None:
    with instance(postgres_url) as one, instance(postgres_url) as other:
        one.signal.revoked()
        wait_until(lambda: other.heard == 2)
        other.signal.revoked()
        # That it heard this says that it has passed by what it told itself.
        wait_until(lambda: one.heard >= 3)
        assert (one.heard, other.heard) == (3, 3)


def test_of_issuances_nobody_is_told(postgres_url: str) -> None:
    with instance(postgres_url) as one, instance(postgres_url) as other:
        one.signal.notify()
        one.signal.revoked()
        wait_until(lambda: other.heard == 2)
        other.signal.revoked()
        wait_until(lambda: one.heard >= 4)
        assert (one.heard, other.heard) == (4, 3)


def test_an_instance_whose_connection_was_lost_is_told_again(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(other_instances, "AGAIN_SECONDS", 0.01)
    end = text(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with instance(postgres_url) as one, instance(postgres_url) as other:
        one.database.ask(lambda tx: tx.connection.execute(end).scalar_one())
        # Each listens anew, and has whoever follows look, as it may have missed something.
        wait_until(lambda: one.heard == 2 and other.heard == 2)
        one.signal.revoked()
        wait_until(lambda: other.heard == 3)


def test_a_connection_is_used_for_a_time(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(other_instances, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(other_instances, "LISTENS_SECONDS", 0.01)
    with instance(postgres_url) as made, instance(postgres_url) as other:
        wait_until(lambda: made.heard >= 3)
        # At no moment is there none.
        told = other.heard
        made.signal.revoked()
        wait_until(lambda: made.others._told == 1 and other.heard > told)
        assert made.database.connections == 0


def test_a_full_server_takes_no_connection_from_an_instance(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that is used stays, and no call's is taken."""
    monkeypatch.setattr(other_instances, "LISTENS_SECONDS", 0.01)
    refused = Event()

    def refuse(_: str) -> Channel:
        refused.set()
        raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "no connection left")

    with instance(postgres_url) as made, instance(postgres_url) as other:
        monkeypatch.setattr(made.database, "channel", refuse)
        assert refused.wait(90)
        refused.clear()
        assert refused.wait(90)
        made.signal.revoked()
        wait_until(lambda: made.others._told == 1)
        assert REGISTRY.get_sample_value("openjpki_listens_to_instances") == 1
        assert made.database.connections == other.database.connections == 0


def test_what_was_revoked_meanwhile_is_told_once_there_is_a_channel(postgres_url: str) -> None:
    made = Instance(postgres_url)
    made.signal.tell_others(made.others._has_revoked)
    made.signal.revoked()
    with instance(postgres_url) as other, closing(made.database):
        made.others.start()
        try:
            wait_until(lambda: other.heard == 2)
        finally:
            made.others.stop()


def test_what_could_not_be_told_is_told_again(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(other_instances, "AGAIN_SECONDS", 0.01)
    tell, tried = Channel.tell, []

    def locked_at_first(channel: Channel) -> bool:
        tried.append(1)
        return len(tried) > 2 and tell(channel)

    with instance(postgres_url) as one, instance(postgres_url) as other:
        monkeypatch.setattr(Channel, "tell", locked_at_first)
        one.signal.revoked()
        wait_until(lambda: other.heard == 2)
        assert len(tried) == 3


def test_who_tells_without_end_is_heard_now_and_then(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(other_instances, "TOLD_APART", NEVER)
    with instance(postgres_url) as made, closing(Database(postgres_url)) as database:
        with closing(database.channel(other_instances.CHANNEL)) as stranger:
            stranger.tell()
            wait_until(lambda: made.heard == 2)
            assert all(stranger.tell() for _ in range(20))
        made.others.stop(NEVER)
        assert made.heard == 2


def test_the_last_revocations_are_told_at_the_end(postgres_url: str) -> None:
    with instance(postgres_url) as other:
        with instance(postgres_url) as one:
            one.others._revoked += 1
        wait_until(lambda: other.heard == 2)


def test_who_follows_another_instance_is_told(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what was written there, without polling."""
    monkeypatch.setattr(feed_heads, "POLL_SECONDS", NEVER)
    with closing(Database(postgres_url)) as database:
        upgrade(database, "ca")
        with database.transaction() as tx:
            authorities.add(tx, authority(TOKYO))
        signal = FeedSignal()
        heads, others = FeedHeads(database, signal, SystemClock()), OtherInstances(database, signal)
        heads.start()
        others.start()
        try:
            with instance(postgres_url) as elsewhere, heads.followed(lambda: True) as first:
                wait_until(lambda: others._waking is not None)
                event = event_of(intent(1), CertificateStatus.GOOD)
                elsewhere.database.run(lambda tx: feed.append(tx, TOKYO, event))
                elsewhere.signal.revoked()
                read = heads.after(first, monotonic() + NEVER)
                assert read.positions[TOKYO].head == 1
        finally:
            others.stop()
            heads.stop()


def test_one_process_alone_tells_nobody(tmp_path: Path) -> None:
    before = active_count()
    made = Instance(f"sqlite:///{tmp_path / 'ca.db'}")
    with closing(made.database):
        made.others.start()
        made.signal.revoked()
        assert (made.heard, active_count()) == (1, before)
        made.others.stop()


def test_an_end_does_not_wait_for_a_database_that_hangs(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(other_instances, "ENDS_SECONDS", 0.05)
    hangs, goes_on = Event(), Event()
    made = Instance(postgres_url)

    def hang(_: str) -> Channel:
        hangs.set()
        assert goes_on.wait(90)
        raise ZeroDivisionError

    monkeypatch.setattr(made.database, "channel", hang)
    with closing(made.database):
        made.others.start()
        assert hangs.wait(90)
        # Whoever revokes meanwhile is not kept waiting either.
        made.signal.revoked()
        made.others.stop()
        goes_on.set()
        made.others._tasks._thread.join(90)
        assert not made.others._tasks._thread.is_alive()
