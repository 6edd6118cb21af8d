"""What a replica writes of what it told, however often it is ended, held up or sealed."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.domain.agreements import Way
from openjpki.domain.authority import AuthorityId
from openjpki.domain.usage import Counted
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.usage.files import Left, settle
from openjpki.services.ocsp.usage.presence import SAYS_SO_SECONDS, Presence
from openjpki.services.ocsp.usage.restored import say_lost
from openjpki.services.ocsp.usage.silent import LOOK_SECONDS, SILENT_SECONDS, SilentEpochs
from openjpki.services.ocsp.usage.writing import CHECK_SECONDS, UsageWriter
from openjpki.storage.kernel.database import Database
from openjpki.storage.ocsp import usage, usage_unknown
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.signer_core import UsageCount

OFFICE = Counted("tax-office", AuthorityId.signing("13"), Way.GRPC)
RUN = bytes(16)
DAY = date(2027, 4, 1)
HOUR = timedelta(hours=1)
TELLS_FOR = 3600.0


class World:
    """A database, a replica's counts, and a time that stands still."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.moment = datetime(2027, 4, 1, 3, tzinfo=UTC)
        self.seconds = 0.0
        self.total = 0
        self._taken = 0
        self._drawn = count(1)

    def now(self) -> datetime:
        return self.moment

    def counter(self) -> float:
        return self.seconds

    def random(self, length: int) -> bytes:
        return next(self._drawn).to_bytes(length, "big")

    def take(self) -> list[UsageCount]:
        grown, self._taken = self.total > self._taken, self.total
        if not grown:
            return []
        return [(OFFICE.verifier_id, str(OFFICE.authority_id), OFFICE.way.value, self.total)]

    def writer(self, run: bytes = RUN) -> UsageWriter:
        return UsageWriter(
            self.database, self, self.take, run=run, random=self.random, counter=self.counter
        )

    def silent(self) -> SilentEpochs:
        return SilentEpochs(self.database, self, tells_for=TELLS_FOR, counter=self.counter)

    def presence(self) -> Presence:
        return Presence(self.database, self, run=RUN, tells_for=TELLS_FOR)

    def settle(self, total: int, at: datetime | None = None) -> int:
        left = Left(RUN.hex(), {OFFICE: total}, at or self.moment)
        return settle(self.database, self, left, self.random, tells_for=TELLS_FOR)

    def told(self) -> dict[date, int]:
        with self.database.reading() as tx:
            found = usage.page(
                tx,
                authority_id=OFFICE.authority_id,
                verifier_id=None,
                days=(DAY, DAY + timedelta(days=30)),
                after=("", "", "", ""),
                limit=99,
            )
        return {one.day: one.told for one in found}

    def sealed_within(self, seconds: float, silent: SilentEpochs) -> int:
        """How many, of looks once a minute."""
        sealed, end = 0, self.seconds + seconds
        while self.seconds < end:
            self.seconds += LOOK_SECONDS
            sealed += silent.seal()
        return sealed

    def set_back(self, told: int) -> None:
        """As from a backup, or by a standby that was behind."""
        with self.database.transaction() as tx:
            tx.connection.exec_driver_sql("UPDATE usage SET told = ?", (told,))

    def gaps(self) -> list[tuple[datetime, datetime]]:
        with self.database.reading() as tx:
            return usage_unknown.gaps(tx, self.moment - 100 * HOUR, self.moment + 100 * HOUR)

    def fall_silent(self) -> None:
        silent = self.silent()
        assert silent.seal() == 0
        assert self.sealed_within(SILENT_SECONDS, silent) == 1

    def open_epochs(self) -> dict[str, datetime]:
        with self.database.reading() as tx:
            return usage.open_epochs(tx)

    def seal_all(self) -> None:
        with self.database.transaction() as tx:
            for epoch in usage.open_epochs(tx):
                usage.seal(tx, epoch, at=self.moment)


def breaks(*_: Any, **__: Any) -> bool:
    raise RuntimeError


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(Database(f"sqlite:///{tmp_path / 'ocsp.db'}")) as database:
        put_schema(database, "ocsp")
        yield World(database)


def test_what_grew_is_written_each_time(world: World) -> None:
    writer = world.writer()
    for total in (3, 3, 8):
        world.total = total
        writer.write()
        assert world.told() == {DAY: total}
    assert len(world.open_epochs()) == 1


def test_each_day_has_what_was_told_on_it(world: World) -> None:
    writer = world.writer()
    world.total = 3
    writer.write()
    world.moment += timedelta(days=1)
    world.total = 5
    writer.write()
    assert world.told() == {DAY: 3, DAY + timedelta(days=1): 2}


def test_what_has_nothing_new_says_so_once_a_minute(world: World) -> None:
    writer = world.writer()
    writer.write()
    begun = world.open_epochs()
    world.moment += HOUR
    world.seconds = SAYS_SO_SECONDS - 1
    writer.write()
    assert world.open_epochs() == begun
    world.seconds = SAYS_SO_SECONDS
    writer.write()
    assert list(world.open_epochs().values()) == [world.moment]


def test_who_was_sealed_goes_on_with_what_is_not_there(world: World) -> None:
    writer = world.writer()
    world.total = 3
    writer.write()
    (sealed,) = world.open_epochs()
    world.seal_all()
    world.moment += timedelta(days=1)
    world.total = 10
    writer.write()
    assert world.told() == {DAY: 3, DAY + timedelta(days=1): 7}
    (other,) = world.open_epochs()
    assert other != sealed


def test_an_end_seals(world: World) -> None:
    writer = world.writer()
    world.total = 3
    writer.write()
    world.total = 4
    writer.stop()
    assert (world.told(), world.open_epochs()) == ({DAY: 4}, {})


def test_what_a_killed_run_left_is_kept_once(world: World) -> None:
    writer = world.writer()
    world.total = 3
    writer.write()
    assert world.settle(5) == 1
    assert (world.told(), world.open_epochs()) == ({DAY: 5}, {})
    # Ended before its files were taken away, or they are older.
    assert [world.settle(total) for total in (5, 4)] == [0, 0]
    assert world.told() == {DAY: 5}


def test_what_a_run_left_that_wrote_nothing_is_kept(world: World) -> None:
    assert world.settle(5) == 1
    assert world.told() == {DAY: 5}


@pytest.mark.parametrize(("is_sealed", "days"), [(False, 1), (True, 2)])
def test_what_is_settled_belongs_to_its_day_unless_that_is_complete(
    world: World,
    is_sealed: bool,
    days: int,
) -> None:
    writer = world.writer()
    world.total = 3
    writer.write()
    if is_sealed:
        world.seal_all()
    at = world.moment + timedelta(days=1)
    world.moment += timedelta(days=2)
    world.settle(5, at)
    assert world.told() == {DAY: 3, DAY + timedelta(days=days): 2}


def test_a_settled_run_that_goes_on_after_all_counts_nothing_twice(world: World) -> None:
    writer = world.writer()
    world.total = 3
    writer.write()
    world.settle(5)
    world.total = 9
    writer.write()
    assert world.told() == {DAY: 9}


def test_who_writes_no_more_is_sealed(world: World) -> None:
    writer, silent = world.writer(), world.silent()
    writer.write()
    assert world.sealed_within(SILENT_SECONDS - LOOK_SECONDS, silent) == 0
    # It writes, by a clock that went on.
    world.moment += HOUR
    writer.write()
    assert world.sealed_within(SILENT_SECONDS, silent) == 0
    assert world.sealed_within(LOOK_SECONDS, silent) == 1
    assert world.open_epochs() == {}


@pytest.mark.parametrize("is_away", [True, False])
def test_nobody_is_silent_while_nobody_could_look(
    world: World, monkeypatch: pytest.MonkeyPatch, is_away: bool
) -> None:
    """Neither while the database was away, nor where whoever looks was held up."""
    writer, silent = world.writer(), world.silent()
    writer.write()
    assert silent.seal() == 0

    def away(_: object) -> None:
        raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "away")

    with monkeypatch.context() as broken:
        broken.setattr(usage_unknown, "of_open_epochs", away)
        while world.seconds < SILENT_SECONDS:
            world.seconds += LOOK_SECONDS
            if is_away:
                with pytest.raises(OpenJpkiError):
                    silent.seal()
    assert silent.seal() == 0
    assert world.sealed_within(SILENT_SECONDS, silent) == 1


def test_what_nobody_knows_of_who_is_gone_ends_when_it_can_tell_nothing(world: World) -> None:
    writer = world.writer()
    world.total = 3
    writer.write()
    wrote = world.moment
    assert world.gaps() == []
    world.fall_silent()
    until = wrote + timedelta(seconds=SAYS_SO_SECONDS + TELLS_FOR)
    assert world.gaps() == [(wrote, until)]


@pytest.mark.parametrize("is_back", [True, False])
def test_who_is_back_or_settled_leaves_no_gap(world: World, is_back: bool) -> None:
    writer = world.writer()
    world.total = 3
    writer.write()
    world.fall_silent()
    world.total = 5
    if is_back:
        writer.write()
    else:
        world.settle(5)
    assert (world.gaps(), world.told()) == ([], {DAY: 5})


UNKNOWN_FOR = timedelta(seconds=SAYS_SO_SECONDS + TELLS_FOR)


@pytest.mark.parametrize("is_sealed", [False, True])
def test_who_tells_on_and_cant_write_leaves_a_gap_up_to_when_it_was_there(
    world: World, is_sealed: bool
) -> None:
    """Whether others took it for gone before, or waited for it."""
    writer, presence = world.writer(), world.presence()
    writer.write()
    wrote = world.moment
    if is_sealed:
        world.fall_silent()
    silent = world.silent()
    for _ in range(40):
        world.moment += HOUR / 2
        presence.say()
        assert world.sealed_within(SILENT_SECONDS - LOOK_SECONDS, silent) == 0
    # And now its pod is gone.
    assert world.sealed_within(SILENT_SECONDS, silent) == (0 if is_sealed else 1)
    assert world.gaps() == [(wrote, wrote + 20 * HOUR + UNKNOWN_FOR)]
    # It was there after all.
    world.total = 3
    writer.write()
    assert world.gaps() == []


def test_files_that_are_older_than_what_was_written_leave_what_was_told_since_unknown(
    world: World,
) -> None:
    """A disk was full, or a copy was put back."""
    writer, began = world.writer(), world.moment
    world.total = 5
    writer.write()
    world.moment += HOUR
    world.total = 8
    writer.write()
    wrote = world.moment
    world.moment += HOUR / 2
    assert world.settle(6, began) == 0
    assert (world.gaps(), world.told()) == ([(wrote, world.moment)], {DAY: 8})
    # Settled again, when it may have been long ago.
    world.moment += HOUR
    assert world.settle(6, began) == 0
    assert world.gaps() == [(wrote, world.moment - HOUR)]


def test_such_files_move_no_end_that_others_said(world: World) -> None:
    writer, began = world.writer(), world.moment
    world.moment += HOUR
    world.total = 8
    writer.write()
    wrote = world.moment
    world.fall_silent()
    world.moment += 9 * HOUR
    world.settle(6, began)
    assert world.gaps() == [(wrote, wrote + UNKNOWN_FOR)]


@pytest.mark.parametrize(("behind", "is_stopped"), [(2, False), (3600, True)])
def test_a_file_that_is_behind_by_moments_or_of_who_has_written_all_leaves_none(
    world: World, behind: int, is_stopped: bool
) -> None:
    writer = world.writer()
    world.total = 8
    writer.write()
    if is_stopped:
        writer.stop()
    world.settle(6, world.moment - timedelta(seconds=behind))
    assert world.gaps() == []


def test_after_a_restore_nobody_knows_what_was_told_since(world: World) -> None:
    assert say_lost(world.database, world) is None
    writer = world.writer()
    world.total = 3
    writer.write()
    wrote = world.moment
    for _ in range(2):
        world.moment += 9 * HOUR
        assert say_lost(world.database, world) == wrote
        assert world.gaps() == [(wrote, world.moment)]
    # One that runs on writes what it told, and those that ended meanwhile do not.
    world.total = 4
    writer.write()
    assert world.gaps() == [(wrote, world.moment)]


def test_who_begins_to_look_finds_nobody_silent(world: World) -> None:
    world.writer().write()
    world.moment += 100 * HOUR
    assert world.silent().seal() == 0


def test_what_the_database_refuses_is_written_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = world.writer()
    writer.write()

    world.total = 3
    with monkeypatch.context() as broken:
        broken.setattr(usage, "flush", breaks)
        with pytest.raises(RuntimeError):
            writer.write()
    assert world.told() == {}
    # Nothing grew since, and still it is to be written.
    writer.write()
    assert world.told() == {DAY: 3}


def test_what_a_database_lacks_that_was_set_back_is_written_again(world: World) -> None:
    writer = world.writer()
    for total in (3, 100):
        world.total = total
        writer.write()
        writer.check()
    world.set_back(3)
    world.moment += HOUR
    world.seconds += CHECK_SECONDS - 1
    writer.check()
    assert world.told() == {DAY: 3}
    world.seconds += 1
    writer.check()
    assert world.told() == {DAY: 100}
    # Once.
    world.seconds += CHECK_SECONDS
    world.total = 101
    writer.write()
    writer.check()
    assert world.told() == {DAY: 101}
    world.fall_silent()


def test_what_a_database_lacks_is_written_at_the_end(world: World) -> None:
    writer = world.writer()
    world.total = 100
    writer.write()
    world.set_back(3)
    writer.stop()
    assert (world.told(), world.open_epochs()) == ({DAY: 100}, {})


def test_after_a_failure_the_database_may_be_another_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = world.writer()
    world.total = 100
    writer.write()
    writer.check()
    world.total = 101
    with monkeypatch.context() as broken:
        broken.setattr(usage, "flush", breaks)
        with pytest.raises(RuntimeError):
            writer.write()
        # What is not written is not looked for.
        writer.check()
    world.set_back(3)
    writer.write()
    writer.check()
    assert world.told() == {DAY: 101}


def test_a_row_that_cant_be_read_keeps_nothing_from_being_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = world.writer()
    writer.write()
    with monkeypatch.context() as broken:
        broken.setattr(usage, "of_run", breaks)
        for total in (3, 5):
            world.total = total
            writer.write()
            with pytest.raises(RuntimeError):
                writer.check()
            assert world.told() == {DAY: total}


def test_an_epoch_whose_beginning_nobody_heard_of_is_not_taken_for_silent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection was lost after the commit."""
    writer = world.writer()
    run = world.database.run

    def unheard(*args: Any, **named: Any) -> None:
        run(*args, **named)
        raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "lost")

    with monkeypatch.context() as broken:
        broken.setattr(world.database, "run", unheard)
        with pytest.raises(OpenJpkiError):
            writer.write()
    assert len(world.open_epochs()) == 1
    world.total = 3
    writer.write()
    assert len(world.open_epochs()) == 1
    writer.stop()
    silent = world.silent()
    silent.seal()
    assert world.sealed_within(SILENT_SECONDS, silent) == 0
    assert (world.gaps(), world.told()) == ([], {DAY: 3})


def test_an_epoch_that_is_open_again_is_not_taken_for_silent(world: World) -> None:
    """The database was set back to before others sealed it, and the next one was begun."""
    writer = world.writer()
    world.total = 3
    writer.write()
    (first,) = world.open_epochs()
    world.fall_silent()
    world.total = 5
    writer.write()
    (second,) = world.open_epochs()
    with world.database.transaction() as tx:
        tx.connection.exec_driver_sql("DELETE FROM usage WHERE epoch = ?", (second,))
        tx.connection.exec_driver_sql("DELETE FROM usage_epochs WHERE epoch = ?", (second,))
        tx.connection.exec_driver_sql("UPDATE usage_epochs SET sealed_at = NULL")
    assert list(world.open_epochs()) == [first]
    world.total = 6
    writer.write()
    (third,) = world.open_epochs()
    assert third not in {first, second}
    assert (world.gaps(), world.told()) == ([], {DAY: 6})


def test_whoever_was_taken_for_silent_and_ends_leaves_no_gap(world: World) -> None:
    writer = world.writer()
    world.total = 3
    writer.write()
    writer.check()
    world.fall_silent()
    assert len(world.gaps()) == 1
    writer.stop()
    assert (world.gaps(), world.told()) == ([], {DAY: 3})
