"""Counts in files, and what becomes of those that a run left."""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import closing
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from openjpki.config.clock import SystemClock
from openjpki.domain.agreements import Way
from openjpki.domain.authority import AuthorityId
from openjpki.domain.usage import Counted
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.responders.plane import Plane
from openjpki.services.ocsp.usage.files import UsageFiles
from openjpki.services.ocsp.usage.left_files import MOST_LEFT, left_in, put_aside
from openjpki.signer_core import OcspUsageFiles
from openjpki.storage.kernel.database import Database
from openjpki.storage.ocsp import usage
from tests.support.schemas import put_schema
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TOKYO = AuthorityId.signing("13")
LISTS = Counted("tax-office", TOKYO, Way.LISTS)
ONE, OTHER = b"1" * 16, b"2" * 16


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{tmp_path / 'ocsp.db'}")) as database:
        put_schema(database, "ocsp")
        yield database


@pytest.fixture
def random() -> Callable[[int], bytes]:
    drawn = count(1)
    return lambda length: next(drawn).to_bytes(length, "big")


def plane() -> Plane:
    return Plane(SystemClock(), timedelta(minutes=5))


def in_files(folder: Path) -> tuple[bytes, int] | None:
    found = OcspUsageFiles.newest(folder)
    return found and (found[0], sum(total for *_, total in found[2]))


def of_run(database: Database, run: bytes) -> dict[Counted, int]:
    with database.reading() as tx:
        return usage.of_run(tx, run.hex())


def test_a_run_settles_what_the_one_before_left(
    database: Database, random: Callable[[int], bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "not" / "there"
    left = UsageFiles(folder, random, 60.0)
    of = plane()
    left.begin(database, SystemClock(), of, ONE)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert in_files(folder) == (ONE, 0)
    of.reserve_list("tax-office", TOKYO).tell()
    of.reserve_list("tax-office", TOKYO).tell()
    wait_until(lambda: in_files(folder) == (ONE, 2))
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o600}
    # As if it had been killed: nobody wrote to the database.
    left.stop(is_written=False)
    assert of_run(database, ONE) == {}
    files = UsageFiles(folder, random, 60.0)
    files.begin(database, SystemClock(), plane(), OTHER)
    assert (of_run(database, ONE), in_files(folder)) == ({LISTS: 2}, (OTHER, 0))
    files.stop(is_written=True)
    assert list(folder.iterdir()) == []


def test_files_that_cant_be_read_are_kept(
    database: Database, random: Callable[[int], bytes], tmp_path: Path
) -> None:
    """They may be of a newer release; also where they were put aside by one."""
    folder = tmp_path / "usage"
    form = b"OJUSAGE9 and so on"
    aside = folder / "left-1"
    aside.mkdir(parents=True)
    (folder / "left-2").mkdir()
    for there in (folder, aside):
        for name in ("usage.0", "usage.1"):
            (there / name).write_bytes(form)
    files = UsageFiles(folder, random, 60.0)
    files.begin(database, SystemClock(), plane(), ONE)
    assert (files.failed, in_files(folder)) == (None, (ONE, 0))
    assert files.settle_left(database, SystemClock())
    files.stop(is_written=True)
    kept = list(folder.iterdir())
    assert [one.name.partition("-")[0] for one in kept] == ["unfit", "unfit"]
    assert [one.read_bytes() for there in kept for one in there.iterdir()] == [form] * 4


def test_no_run_takes_the_place_of_another_and_there_are_not_too_many(
    database: Database, random: Callable[[int], bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "usage"
    folder.mkdir(mode=0o700)
    # One that told much, and then some that ended as soon as they began.
    of = plane()
    files = OcspUsageFiles(of.core, folder, ONE)
    of.reserve_list("tax-office", TOKYO).tell()
    wait_until(lambda: in_files(folder) == (ONE, 1))
    files.stop()
    put_aside(folder, random)
    (first,) = left_in(folder)
    for n in range(1, MOST_LEFT + 2):
        files = OcspUsageFiles(plane().core, folder, ONE)
        files.stop()
        put_aside(folder, random)
        assert len(left_in(folder)) == min(n + 1, MOST_LEFT)
    assert first in left_in(folder)
    again = UsageFiles(folder, random, 60.0)
    again.begin(database, SystemClock(), plane(), OTHER)
    again.stop(is_written=True)
    assert list(folder.iterdir()) == []


def test_without_a_folder_it_goes_on_and_says_so(
    database: Database, random: Callable[[int], bytes], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    files = UsageFiles(tmp_path / "file", random, 60.0)
    files.begin(database, SystemClock(), plane(), ONE)
    assert files.failed == "File exists"
    files.stop(is_written=True)


@pytest.mark.parametrize("reason", [Reason.STORED_UNREADABLE, Reason.INTERNAL])
def test_what_cant_be_settled_keeps_nobody_from_starting(
    database: Database,
    random: Callable[[int], bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reason: Reason,
) -> None:
    """It is put aside, and settled when it can be."""
    folder = tmp_path / "usage"
    left, of = UsageFiles(folder, random, 60.0), plane()
    left.begin(database, SystemClock(), of, ONE)
    of.reserve_list("tax-office", TOKYO).tell()
    left.stop(is_written=False)

    def refuses(*_: object) -> dict[Counted, int]:
        raise OpenJpkiError(reason, "can't be read")

    files = UsageFiles(folder, random, 60.0)
    with monkeypatch.context() as broken:
        broken.setattr(usage, "of_run", refuses)
        files.begin(database, SystemClock(), plane(), OTHER)
        assert (files.failed, in_files(folder)) == (None, (OTHER, 0))
        assert not files.settle_left(database, SystemClock())
    assert files.settle_left(database, SystemClock())
    assert of_run(database, ONE) == {LISTS: 1}
    files.stop(is_written=True)
    assert list(folder.iterdir()) == []


def test_while_the_database_is_away_nobody_starts(
    database: Database,
    random: Callable[[int], bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left, of = UsageFiles(tmp_path, random, 60.0), plane()
    left.begin(database, SystemClock(), of, ONE)
    of.reserve_list("tax-office", TOKYO).tell()
    left.stop(is_written=False)

    def away(*_: object) -> dict[Counted, int]:
        raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "away")

    with monkeypatch.context() as broken:
        broken.setattr(usage, "of_run", away)
        with pytest.raises(OpenJpkiError) as refused:
            UsageFiles(tmp_path, random, 60.0).begin(database, SystemClock(), plane(), OTHER)
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE
    # And it is all there with the next start.
    files = UsageFiles(tmp_path, random, 60.0)
    files.begin(database, SystemClock(), plane(), OTHER)
    assert of_run(database, ONE) == {LISTS: 1}
    files.stop(is_written=True)


def test_a_folder_that_another_process_has_is_left_alone(
    database: Database, random: Callable[[int], bytes], tmp_path: Path
) -> None:
    """As one that is open once more: the lock is of that, and not of a process."""
    folder = tmp_path / "usage"
    folder.mkdir(mode=0o700)
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        files = UsageFiles(folder, random, 60.0)
        files.begin(database, SystemClock(), plane(), ONE)
        assert files.failed == "another process has the folder"
        # What is there is that one's to settle.
        (folder / "left-1").mkdir()
        assert files.settle_left(database, SystemClock())
        assert [one.name for one in folder.iterdir()] == ["left-1"]
    finally:
        os.close(opened)
    # Until it has it no more.
    assert files.settle_left(database, SystemClock())
    assert not files.failed
    assert in_files(folder) == (ONE, 0)
    files.stop(is_written=True)
    assert list(folder.iterdir()) == []


def test_what_is_no_way_is_not_counted() -> None:
    of = plane()
    with pytest.raises(ValueError, match="way"):
        of.core.add_usage("tax-office", "signing-13", "fax", 1)
    assert of.core.take_usage() == []
