"""Lists streamed to a file: octet for octet what `cryptography` builds, or no file at all."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openjpki import signer_core
from tests.unit.signer_core.test_crl_encoding import (
    FIELDS,
    KEY,
    POINT,
    REASONS,
    Columns,
    Entry,
    Head,
    built_by_cryptography,
    columns,
    encode,
    entry_lists,
    seconds,
)

if TYPE_CHECKING:
    from random import Random

BEFORE = b"the list before"
ROOT = Path(__file__).parents[3]


def write(path: Path, chunks: list[list[Entry]], **changes: Any) -> tuple[int, int]:
    with signer_core.CrlWriter(path, **{**FIELDS, **changes}) as writer:
        for chunk in chunks:
            writer.add(**columns(chunk))
        return writer.finish(KEY)


def cut(entries: list[Entry], places: list[int]) -> list[list[Entry]]:
    """The entries in chunks, some of them empty, cut anywhere."""
    at = sorted(place % (len(entries) + 1) for place in places)
    return [entries[a:b] for a, b in zip([0, *at], [*at, len(entries)], strict=True)]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where a list is already."""
    path = tmp_path / "list.crl"
    path.write_bytes(BEFORE)
    return path


def assert_untouched(target: Path) -> None:
    assert [file.name for file in target.parent.iterdir()] == [target.name]
    assert target.read_bytes() == BEFORE


@settings(max_examples=200)
@given(
    entries=entry_lists.map(sorted),
    places=st.lists(st.integers(0, 40), max_size=6),
    this_update=seconds,
    lasts=st.integers(1, 10**7),
    number=st.integers(1, 2**64 - 1),
    key_id=st.binary(min_size=1, max_size=64),
    scoped=st.booleans(),
)
def test_streams_equal_the_lists_of_cryptography(
    entries: list[Entry],
    places: list[int],
    this_update: int,
    lasts: int,
    number: int,
    key_id: bytes,
    scoped: bool,
) -> None:
    fields: Head = {
        "issuer_der": FIELDS["issuer_der"],
        "this_update": this_update,
        "next_update": this_update + lasts,
        "crl_number": number,
        "authority_key_id": key_id,
        "issuing_distribution_point_der": POINT.public_bytes() if scoped else None,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.crl"
        written = write(path, cut(entries, places), **fields)
        der = path.read_bytes()
        assert [file.name for file in Path(folder).iterdir()] == ["list.crl"]
    assert der == built_by_cryptography(entries, fields)
    assert written == (len(entries), len(der))


@settings(max_examples=15, deadline=None)
@given(chance=st.randoms(use_true_random=True), rows=st.integers(5_000, 16_000))
def test_streams_of_several_blocks_equal_the_lists_of_cryptography(
    chance: Random, rows: int
) -> None:
    """Blocks of 256 KB go into the file; entries of every shape lie across their borders."""
    numbers = {chance.getrandbits(chance.choice((159, 159, 159, 80))) + 1 for _ in range(rows)}
    latest = chance.choice((2_500_000_000, 2_600_000_000))
    entries = [
        (number, chance.randrange(latest), chance.choice((0, *REASONS)))
        for number in sorted(numbers)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.crl"
        write(path, cut(entries, [chance.randrange(rows) for _ in range(5)]))
        der = path.read_bytes()
    assert der == built_by_cryptography(entries, FIELDS)
    chance.shuffle(entries)
    assert encode(entries) == built_by_cryptography(entries, FIELDS)


def test_a_list_of_more_than_16_mb_is_the_same(target: Path) -> None:
    """From there on, blocks stay where they were written before the header was known."""
    step = 2**150 // 400_000
    entries = [(2**150 + n * step, 1_700_000_000 + n * 61, n % 7) for n in range(400_000)]
    places = list(range(0, len(entries), 33_333))
    entries_and_octets = write(target, cut(entries, places))
    der = target.read_bytes()
    assert der == encode(entries)
    assert entries_and_octets == (400_000, len(der))


def test_what_a_killed_writer_leaves_gives_way_to_the_next(target: Path) -> None:
    waiting = (
        "import sys, time; from tests.unit.signer_core.test_crl_streaming import *;"
        "writer = signer_core.CrlWriter(sys.argv[1], **FIELDS);"
        "writer.add(**columns([(2**150 + n, 0, 1) for n in range(20_000)]));"
        "print('half', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", waiting, str(target)], stdout=subprocess.PIPE, cwd=ROOT
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"half\n"
        # At work it is left alone.
        write(target, [[(1, 0, 0)]])
        (left,) = target.parent.glob(".list.crl.*.partial")
        other.kill()
    assert other.returncode == -signal.SIGKILL
    assert left.stat().st_size > 0
    write(target, [[(2, 0, 0)]])
    assert [file.name for file in target.parent.iterdir()] == [target.name]
    assert target.read_bytes() == encode([(2, 0, 0)])


@pytest.mark.parametrize(
    ("chunks", "rule"),
    [
        ([[(1, 0, 1), (0, 0, 1)]], "row 1: serial: must be positive"),
        ([[(2**159, 0, 1)]], "row 0: serial: needs more than 20 octets"),
        ([[(3, 0, 1), (3, 9, 5)]], "row 1: serial: is not above the one before it"),
        ([[(3, 0, 1)], [(3, 9, 5)]], "after 1 entries, row 0: serial: is not above"),
        ([[(3, 0, 1)], [], [(4, 9, 5), (2, 9, 5)]], "after 1 entries, row 1: serial"),
        ([[(1, 0, 7)]], "row 0: reason 7"),
        ([[(1, 0, 0)], [(2, 0, 8)]], "after 1 entries, row 0: reason 8"),
        ([[(1, 2**40, 1)]], "row 0: time 1099511627776"),
    ],
)
def test_rows_that_do_not_fit_leave_what_was_there(
    target: Path, chunks: list[list[Entry]], rule: str
) -> None:
    with pytest.raises(ValueError, match=rule):
        write(target, chunks)
    assert_untouched(target)


@pytest.mark.parametrize(
    "change", [{"serials": b"\x01\x02"}, {"revocation_dates": b"1234"}, {"reasons": b""}]
)
def test_columns_that_do_not_fit_each_other_end_the_list(target: Path, change: Columns) -> None:
    mismatched: Columns = {**columns([(1, 0, 0)]), **change}
    writer = signer_core.CrlWriter(target, **FIELDS)
    with pytest.raises(ValueError, match=next(iter(change))):
        writer.add(**mismatched)
    assert_untouched(target)
    with pytest.raises(ValueError, match="discarded"):
        writer.finish(KEY)


@pytest.mark.parametrize(
    "change",
    [
        {"next_update": FIELDS["this_update"]},
        {"authority_key_id": b""},
        {"issuer_der": b"\x30\x00"},
        {"issuing_distribution_point_der": b"\x30\x01"},
    ],
)
def test_fields_that_do_not_fit_start_no_list(target: Path, change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"next_update|authority_key_id|issu"):
        write(target, [], **change)
    assert_untouched(target)


def test_leaving_by_an_error_discards(target: Path) -> None:
    writer = signer_core.CrlWriter(target, **FIELDS)

    def fail() -> None:
        with writer:
            writer.add(**columns([(1, 0, 0)]))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert_untouched(target)
    writer.discard()


def test_a_writer_ends_once(target: Path) -> None:
    with signer_core.CrlWriter(target, **FIELDS) as writer:
        writer.add(**columns([(1, 0, 0)]))
        assert target.read_bytes() == BEFORE
        writer.finish(KEY)
        with pytest.raises(ValueError, match="finished"):
            writer.finish(KEY)
        with pytest.raises(ValueError, match="finished"):
            writer.add(**columns([(2, 0, 0)]))
    assert target.read_bytes() == encode([(1, 0, 0)])


def test_what_was_changed_in_the_file_is_not_signed(target: Path) -> None:
    entries = [(2**150 + n, 1_700_000_000, 1) for n in range(340_000)]
    writer = signer_core.CrlWriter(target, **FIELDS)
    writer.add(**columns(entries))
    (draft,) = target.parent.glob(".list.crl.*.partial")
    with draft.open("r+b") as file:
        file.seek(1_000_000)
        octet = file.read(1)
        file.seek(1_000_000)
        file.write(bytes([octet[0] ^ 1]))
    with pytest.raises(signer_core.ProfileMismatchError, match="other octets"):
        writer.finish(KEY)
    assert_untouched(target)


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="could not be made"):
        signer_core.CrlWriter(tmp_path / "none" / "list.crl", **FIELDS)
    with pytest.raises(ValueError, match="path"):
        signer_core.CrlWriter("..", **FIELDS)
