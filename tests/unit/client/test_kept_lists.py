"""A folder of lists that several processes share: what one puts there the others see."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.client import OfflineVerifier
from openjpki.client import kept_lists as subject
from openjpki.client.kept_lists import KeptLists
from openjpki.client.list_files import LOCK, one_writer, read_marked, write_whole
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.partitions import partition_of
from openjpki.x509.foreign.cms import sign_detached
from tests.support import x509_samples as samples
from tests.unit.client.test_list_status import HOUR, LIFE, MADE, PERSON, TOKYO, altered, made_list

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.client.kept_list import KeptList
    from openjpki.client.list_files import Mark

CONTENT = b"letter"
PARTITION = partition_of(PERSON)
assert PARTITION is not None


def put(lists: KeptLists, der: bytes) -> KeptList:
    assert PARTITION is not None
    return lists.put(TOKYO.certificate, PARTITION, der)


def found(lists: KeptLists) -> int | None:
    """The number of the newest."""
    assert PARTITION is not None
    kept = lists.find(TOKYO.certificate, PARTITION)
    return None if kept is None else kept.facts.number


def the_file(folder: Path) -> Path:
    (file,) = folder.glob("*.crl")
    return file


@pytest.mark.requirement("R4.1.2", "R5.2.1")
def test_a_verifier_that_runs_on_sees_what_is_put_into_its_folder(tmp_path: Path) -> None:
    now = MADE + HOUR
    signed = sign_detached(CONTENT, samples.user_certificate(), samples.key("person"), MADE)
    verifier = OfflineVerifier(tmp_path, authorities=[TOKYO], now=lambda: now)
    with pytest.raises(OpenJpkiError):
        verifier.verify_signed_document(signed, CONTENT)
    put(KeptLists(tmp_path), made_list(8))
    assert verifier.verify_signed_document(signed, CONTENT).valid
    put(KeptLists(tmp_path), made_list(9, PERSON.serial_number))
    result = verifier.verify_signed_document(signed, CONTENT)
    assert not result.valid
    assert "by revocation list 9" in result.diagnostics()
    # Once that is over there is no answer, until the next one is there.
    now = MADE + LIFE
    with pytest.raises(OpenJpkiError) as refusal:
        verifier.verify_signed_document(signed, CONTENT)
    assert refusal.value.reason is Reason.FEED_NOT_READY
    put(KeptLists(tmp_path), made_list(10, PERSON.serial_number, made=now))
    assert "by revocation list 10" in verifier.verify_signed_document(signed, CONTENT).diagnostics()


def test_what_is_put_there_takes_no_newer_list_away(tmp_path: Path) -> None:
    lists = KeptLists(tmp_path)
    put(lists, made_list(9))
    for wrong in (made_list(8, 77), altered(made_list(10)), made_list(10, signer="other"), b""):
        the_file(tmp_path).write_bytes(wrong)
        assert found(lists) == 9
    the_file(tmp_path).unlink()
    assert found(lists) == 9
    assert found(KeptLists(tmp_path)) is None


def test_a_list_that_was_not_touched_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(KeptLists(tmp_path), made_list(8))
    reads: list[Path] = []

    def counted(file: Path) -> tuple[bytes, Mark]:
        reads.append(file)
        return read_marked(file)

    monkeypatch.setattr(subject, "read_marked", counted)
    lists = KeptLists(tmp_path)
    assert [found(lists) for _ in range(3)] == [8, 8, 8]
    assert len(reads) == 1
    # One that is not believed is not read at every question either.
    write_whole(the_file(tmp_path), b"no list")
    assert [found(lists) for _ in range(3)] == [8, 8, 8]
    assert len(reads) == 2


def test_an_older_list_takes_no_place_of_what_another_process_put_there(tmp_path: Path) -> None:
    lists = KeptLists(tmp_path)
    put(lists, made_list(8))
    newest = made_list(12, PERSON.serial_number)
    put(KeptLists(tmp_path), newest)
    assert put(lists, made_list(9)).facts.number == 12
    assert the_file(tmp_path).read_bytes() == newest
    assert found(lists) == 12


@pytest.mark.parametrize("before", [True, False], ids=["one-before", "none-before"])
def test_nor_of_what_it_puts_there_at_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    lists = KeptLists(tmp_path)
    if before:
        put(lists, made_list(8))
    newest = made_list(12, PERSON.serial_number)

    @contextmanager
    def after_another(folder: Path) -> Iterator[None]:
        """The other one is first to write."""
        monkeypatch.setattr(subject, "one_writer", one_writer)
        put(KeptLists(folder), newest)
        with one_writer(folder):
            yield

    monkeypatch.setattr(subject, "one_writer", after_another)
    assert put(lists, made_list(9)).facts.number == 12
    assert the_file(tmp_path).read_bytes() == newest
    assert found(lists) == 12


def test_nor_of_what_another_thread_puts_there_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = KeptLists(tmp_path)
    newest = made_list(12, PERSON.serial_number)
    find = KeptLists._find

    def before_another(self: KeptLists, *of: Any, **how: Any) -> KeptList | None:
        before = find(self, *of, **how)
        monkeypatch.setattr(KeptLists, "_find", find)
        put(lists, newest)
        return before

    monkeypatch.setattr(KeptLists, "_find", before_another)
    assert put(lists, made_list(9)).facts.number == 12
    assert the_file(tmp_path).read_bytes() == newest
    assert found(KeptLists(tmp_path)) == 12


def test_a_list_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, os.replace

    def synced(handle: int) -> None:
        fsync(handle)
        assert os.fstat(handle).st_size == len(made_list(8))
        done.append("synced")

    def replaced(before: str, after: Path) -> None:
        replace(before, after)
        done.append("named")

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    put(KeptLists(tmp_path), made_list(8))
    assert done == ["synced", "named"]


def test_who_writes_is_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []

    def looked_at(file: Path, der: bytes) -> Mark:
        with (tmp_path / LOCK).open("rb") as another, pytest.raises(BlockingIOError):
            fcntl.flock(another, fcntl.LOCK_EX | fcntl.LOCK_NB)
        written.append(file)
        return write_whole(file, der)

    monkeypatch.setattr(subject, "write_whole", looked_at)
    put(KeptLists(tmp_path), made_list(8))
    assert written == [the_file(tmp_path)]
    with (tmp_path / LOCK).open("rb") as another:
        fcntl.flock(another, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_file_that_can_t_be_read_is_not_replaced(tmp_path: Path) -> None:
    """Nobody knows which list it is: it may be a newer one."""
    put(KeptLists(tmp_path), made_list(8))
    file = the_file(tmp_path)
    file.unlink()
    file.mkdir()
    lists = KeptLists(tmp_path)
    with pytest.raises(IsADirectoryError):
        put(lists, made_list(9))
    assert file.is_dir()
    assert found(lists) == 9
