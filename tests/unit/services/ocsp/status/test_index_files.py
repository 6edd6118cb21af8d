"""Files of status: what is written when, and what is taken of what is there."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.services.common.background import NotDoneError
from openjpki.services.ocsp.service import _filing
from openjpki.services.ocsp.status.index_files import LOOK_SECONDS, SAVE_SECONDS, IndexFiles
from openjpki.services.ocsp.status.saved_position import (
    SavedPosition,
    UnfitFileError,
    boot_id,
)
from openjpki.services.ocsp.status.statuses import AuthorityStatus, Position
from openjpki.signer_core import StatusIndex
from openjpki.telemetry.metrics import REGISTRY
from tests.support.mesh import SettableClock
from tests.support.status_bounds import bounds
from tests.support.status_index import issue, revoke

if TYPE_CHECKING:
    from pathlib import Path

TOKYO, KANAGAWA = map(AuthorityId.signing, ("13", "14"))
A, B = b"\x0a", b"\x0b" * 20
BOOT = "a1"
MOST = 3


def known(clock: SettableClock, sequence: int = 7) -> Position:
    index = StatusIndex()
    issue(index, A)
    revoke(index, B, 4, 1_000_000)
    return Position(index, sequence, time.monotonic(), clock.now(), b"\x05" * 32)


def files_in(folder: Path, clock: SettableClock, **values: Any) -> IndexFiles:
    return IndexFiles(folder / "status", clock, MOST, **{"boot": BOOT, **values})


def refused(authority_id: AuthorityId = TOKYO) -> float:
    labels = {"authority": str(authority_id)}
    return REGISTRY.get_sample_value("openjpki_index_files_refused_total", labels) or 0.0


def test_what_is_known_comes_back(tmp_path: Path) -> None:
    clock = SettableClock()
    position = known(clock)
    assert files_in(tmp_path, clock).load(TOKYO) is None
    files_in(tmp_path, clock).save([TOKYO], lambda _: position)
    found = files_in(tmp_path, clock).load(TOKYO)
    assert found is not None
    assert found.index.lookup(A) == (CertificateStatus.GOOD, 0, 0)
    assert found.index.lookup(B) == (CertificateStatus.REVOKED, 4, 1_000_000)
    assert found.index.lookup(b"\x0c") == (CertificateStatus.UNKNOWN, 0, 0)
    assert replace(found, index=position.index) == position
    folder = tmp_path / "status"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [one.name for one in folder.iterdir()] == ["signing-13.index"]
    assert (folder / "signing-13.index").stat().st_mode & 0o777 == 0o600
    assert files_in(tmp_path, clock).load(KANAGAWA) is None


def test_it_is_written_when_it_is_old_and_something_was_heard_since(tmp_path: Path) -> None:
    clock, passed = SettableClock(), [100.0]
    files = files_in(tmp_path, clock, counter=lambda: passed[0])
    first = known(clock, 1)

    def saved(position: Position) -> int:
        files.save([TOKYO], lambda _: position)
        found = files_in(tmp_path, clock).load(TOKYO)
        assert found is not None
        return found.sequence

    later = replace(first, sequence=2, as_of=first.as_of + timedelta(microseconds=1))
    assert saved(first) == 1
    passed[0] += SAVE_SECONDS - 1
    assert saved(later) == 1
    passed[0] += 1
    # ca is away: it would say the same.
    assert saved(replace(later, as_of=first.as_of)) == 1
    assert saved(later) == 2


def test_one_that_was_read_is_as_old_as_what_it_says(tmp_path: Path) -> None:
    """A replica that starts each few minutes writes one all the same."""
    clock, passed = SettableClock(), [100.0]
    first = known(clock, 1)
    files_in(tmp_path, clock).save([TOKYO], lambda _: first)
    clock.offset = timedelta(seconds=SAVE_SECONDS / 2)
    later = replace(first, sequence=2, as_of=clock.now())
    files = files_in(tmp_path, clock, counter=lambda: passed[0])

    def saved() -> int:
        files.save([TOKYO], lambda _: later)
        found = files_in(tmp_path, clock).load(TOKYO)
        assert found is not None
        return found.sequence

    assert files.load(TOKYO) is not None
    assert saved() == 1
    passed[0] += SAVE_SECONDS / 2
    assert saved() == 2


@pytest.mark.parametrize("is_another", [False, True], ids=["in doubt", "another index since"])
def test_what_came_into_doubt_while_it_was_written_is_no_file(
    tmp_path: Path, *, is_another: bool
) -> None:
    clock = SettableClock()
    first, later = known(clock, 1), known(clock, 2)
    files_in(tmp_path, clock).save([TOKYO], lambda _: first)
    answers = [later, known(clock, 3) if is_another else None]
    files = files_in(tmp_path, clock)
    files.save([TOKYO], lambda _: answers.pop(0))
    assert answers == []
    found = files_in(tmp_path, clock).load(TOKYO)
    assert found is not None
    assert found.sequence == 1
    folder = tmp_path / "status"
    assert [one.name for one in folder.iterdir()] == ["signing-13.index"]
    # It is not taken for written.
    files.save([TOKYO], lambda _: later)
    found = files_in(tmp_path, clock).load(TOKYO)
    assert found is not None
    assert found.sequence == 2


def test_each_is_asked_for_when_it_is_its_turn(tmp_path: Path) -> None:
    clock = SettableClock()
    position, order = known(clock), list[str]()

    def undoubted(authority_id: AuthorityId) -> Position | None:
        written = (tmp_path / "status" / "signing-13.index").exists()
        order.append(f"{authority_id} {written}")
        return position if authority_id == TOKYO else None

    files_in(tmp_path, clock).save([TOKYO, KANAGAWA], undoubted)
    assert order == ["signing-13 False", "signing-13 False", "signing-14 True"]
    assert files_in(tmp_path, clock).load(KANAGAWA) is None


def test_one_that_cant_be_written_keeps_no_other_from_it(tmp_path: Path) -> None:
    clock = SettableClock()
    files = files_in(tmp_path, clock)
    folder = tmp_path / "status"
    folder.mkdir(0o700)
    (folder / "signing-13.index").mkdir()
    known_ones = {TOKYO: known(clock), KANAGAWA: known(clock, 9)}
    with pytest.raises(NotDoneError):
        files.save([TOKYO, KANAGAWA], lambda one: known_ones[one])
    found = files_in(tmp_path, clock).load(KANAGAWA)
    assert found is not None
    assert found.sequence == 9
    (folder / "signing-13.index").rmdir()
    files.save([TOKYO], lambda one: known_ones[one])
    assert files_in(tmp_path, clock).load(TOKYO) is not None


def test_a_folder_that_cant_be_made_is_told(tmp_path: Path) -> None:
    clock = SettableClock()
    (tmp_path / "status").write_bytes(b"")
    position = known(clock)
    with pytest.raises(NotDoneError):
        files_in(tmp_path, clock).save([TOKYO], lambda _: position)


def test_a_disk_that_stays_full_is_tried_ever_more_seldom(tmp_path: Path) -> None:
    """Each attempt writes as much as there is room for."""
    clock = SettableClock()
    position = known(clock)
    (tmp_path / "status").write_bytes(b"")
    follower: Any = SimpleNamespace(followed=lambda: [TOKYO], undoubted=lambda _: position)
    tasks = _filing(files_in(tmp_path, clock), follower)
    for _ in range(8):
        tasks.once()
    assert LOOK_SECONDS < tasks._next() - time.monotonic() <= 600


def put_right(octets: bytes) -> bytes:
    """With the digest of what it holds now: whoever may write a file can."""
    return octets[:-32] + hashlib.sha256(octets[:-32]).digest()


DAMAGES: dict[str, Any] = {
    "empty": lambda _: b"",
    "half": lambda octets: octets[: len(octets) // 2],
    "without its last octet": lambda octets: octets[:-1],
    "with more": lambda octets: octets + b"\0",
    "a bit": lambda octets: octets[:-40] + bytes([octets[-40] ^ 1]) + octets[-39:],
    "an older form": lambda octets: put_right(octets[:8] + b"\0" + octets[9:]),
    "a later form": lambda octets: put_right(octets[:8] + b"\2" + octets[9:]),
    "of something else": lambda octets: b"\x30\x82" + octets[2:],
    "saying nothing": lambda octets: put_right(octets.replace(b'"sequence"', b'"sequences', 1)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_file_that_is_not_whole_is_refused_and_told_of(tmp_path: Path, damage: Any) -> None:
    clock = SettableClock()
    position = known(clock)
    files_in(tmp_path, clock).save([TOKYO], lambda _: position)
    path = tmp_path / "status" / "signing-13.index"
    path.write_bytes(damage(path.read_bytes()))
    before = refused()
    assert files_in(tmp_path, clock).load(TOKYO) is None
    assert refused() == before + 1


def test_anothers_file_is_refused(tmp_path: Path) -> None:
    clock = SettableClock()
    position = known(clock)
    files_in(tmp_path, clock).save([TOKYO], lambda _: position)
    folder, before = tmp_path / "status", refused(KANAGAWA)
    (folder / "signing-13.index").rename(folder / "signing-14.index")
    assert files_in(tmp_path, clock).load(KANAGAWA) is None
    assert refused(KANAGAWA) == before + 1


def test_one_that_is_no_file_or_that_others_may_write_is_refused(tmp_path: Path) -> None:
    clock = SettableClock()
    position = known(clock)
    files_in(tmp_path, clock).save([TOKYO, KANAGAWA], lambda _: position)
    folder = tmp_path / "status"
    (folder / "signing-13.index").unlink()
    (folder / "signing-13.index").symlink_to(folder / "signing-14.index")
    for one, mode in ((TOKYO, 0o600), (KANAGAWA, 0o602), (KANAGAWA, 0o620)):
        (folder / "signing-14.index").chmod(mode)
        before = refused(one)
        assert files_in(tmp_path, clock).load(one) is None
        assert refused(one) == before + 1


@pytest.mark.parametrize("mode", [0o720, 0o702])
def test_a_folder_that_others_may_write_in_is_not_used(tmp_path: Path, mode: int) -> None:
    clock = SettableClock()
    position = known(clock)
    files_in(tmp_path, clock).save([TOKYO], lambda _: position)
    folder, before = tmp_path / "status", refused()
    folder.chmod(mode)
    assert files_in(tmp_path, clock).load(TOKYO) is None
    assert refused() == before + 1
    with pytest.raises(NotDoneError):
        files_in(tmp_path, clock).save([KANAGAWA], lambda _: position)
    assert [one.name for one in folder.iterdir()] == ["signing-13.index"]


_HOLDING = """
import fcntl, os, sys
opened = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(opened, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_folder_that_another_process_has_is_left_alone(tmp_path: Path) -> None:
    """Two that write a file of one name would put half of the one in the other's place."""
    folder, clock = tmp_path / "status", SettableClock()
    folder.mkdir(mode=0o700)
    position, before = known(clock), refused()
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDING, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert files_in(tmp_path, clock).load(TOKYO) is None
        assert refused() == before + 1
        with pytest.raises(NotDoneError):
            files_in(tmp_path, clock).save([TOKYO], lambda _: position)
        assert not list(folder.iterdir())
        other.communicate()
    # Once that one has ended; what it was writing goes.
    (folder / "signing-14.written").write_bytes(b"half")
    files_in(tmp_path, clock).save([TOKYO], lambda _: position)
    assert [one.name for one in folder.iterdir()] == ["signing-13.index"]
    assert files_in(tmp_path, clock).load(TOKYO) is not None


def test_more_certificates_than_are_taken_are_refused(tmp_path: Path) -> None:
    clock = SettableClock()
    position = known(clock)
    files_in(tmp_path, clock).save([TOKYO], lambda _: position)
    files = IndexFiles(tmp_path / "status", clock, 1)
    assert files.load(TOKYO) is None


# -- how old it is --


def age_told(clock: SettableClock, position: Position) -> float:
    status = AuthorityStatus(TOKYO, clock, bounds())
    status.position = position
    return status.seconds_behind()


def test_it_grows_old_by_the_clock_while_nothing_runs(tmp_path: Path) -> None:
    clock = SettableClock()
    position = known(clock)
    files_in(tmp_path, clock).save([TOKYO], lambda _: position)
    clock.offset = timedelta(hours=7)
    found = files_in(tmp_path, clock, boot="b2").load(TOKYO)
    assert found is not None
    assert age_told(clock, found) >= 7 * 3600


def test_a_clock_that_was_set_back_makes_it_no_newer(tmp_path: Path) -> None:
    """As long as the machine runs that it was written on."""
    clock = SettableClock()
    old = replace(known(clock), heard=time.monotonic() - 3600)
    files_in(tmp_path, clock).save([TOKYO], lambda _: old)
    clock.offset = -timedelta(minutes=30)
    found = files_in(tmp_path, clock).load(TOKYO)
    assert found is not None
    assert age_told(clock, found) >= 3600
    clock.offset = -timedelta(days=2)
    assert files_in(tmp_path, clock).load(TOKYO) is None
    clock.offset = -timedelta(minutes=30)
    # Another run of the machine says nothing of how long ago that was.
    for boot in ("b2", ""):
        before = refused()
        assert files_in(tmp_path, clock, boot=boot).load(TOKYO) is None
        assert refused() == before + 1


# -- what it says --

SAID = SavedPosition(
    authority="signing-13",
    sequence=7,
    digest=b"\x05" * 32,
    as_of=datetime(2026, 4, 1, 9, 30, 0, 123_456, UTC),
    boot=BOOT,
    heard=12.5,
)


def test_what_is_said_can_be_read() -> None:
    assert SavedPosition.parse(SAID.encoded()) == SAID
    without = replace(SAID, digest=b"", boot="")
    assert SavedPosition.parse(without.encoded()) == without


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\xff",
        b"[]",
        b"7",
        b"[" * 40_000,
        json.dumps({"authority": "signing-13"}).encode(),
        *(
            json.dumps({**json.loads(SAID.encoded()), **other}).encode()
            for other in (
                {"more": 1},
                {"authority": 7},
                {"sequence": -1},
                {"sequence": 2**63},
                {"sequence": 7.0},
                {"sequence": True},
                {"digest": "05"},
                {"digest": "nothing"},
                {"as_of": 10**20},
                {"heard": 1},
                {"heard": float("nan")},
                {"heard": float("-inf")},
            )
        ),
    ],
    # The octets would be the name.
    ids=[f"said-{number}" for number in range(18)],
)
def test_what_cant_be_said_is_refused(said: bytes) -> None:
    with pytest.raises(UnfitFileError):
        SavedPosition.parse(said)


def test_the_machine_says_which_run_it_is() -> None:
    assert boot_id() == boot_id()
