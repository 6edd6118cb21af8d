"""The status index: its answers, its limits, threads."""

import array
import random
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.signer_core import (
    STATUS_GOOD,
    STATUS_REVOKED,
    STATUS_UNKNOWN,
    StatusIndex,
)

TOKYO, OSAKA = 13, 27
UNKNOWN = (STATUS_UNKNOWN, 0, 0)
GOOD = (STATUS_GOOD, 0, 0)


def times(*seconds: int) -> bytes:
    return array.array("q", seconds).tobytes()


def test_a_number_is_unknown_then_good_then_revoked() -> None:
    index = StatusIndex()
    assert index.lookup(TOKYO, b"\x05") == UNKNOWN
    index.issue(TOKYO, b"\x05")
    assert index.lookup(TOKYO, b"\x05") == GOOD
    assert index.lookup(OSAKA, b"\x05") == UNKNOWN
    index.revoke(TOKYO, b"\x05", 5, 1_750_000_000)
    assert index.lookup(TOKYO, b"\x05") == (STATUS_REVOKED, 5, 1_750_000_000)
    index.issue(TOKYO, b"\x05")
    assert index.lookup(TOKYO, b"\x05") == (STATUS_REVOKED, 5, 1_750_000_000)


def test_leading_zeros_make_no_other_number() -> None:
    index = StatusIndex()
    index.issue(TOKYO, b"\0\x85")
    assert index.lookup(TOKYO, b"\x85") == GOOD
    assert index.lookup(TOKYO, bytes(30) + b"\x85") == GOOD
    assert len(index) == 1


@pytest.mark.parametrize("serial", [b"", b"\0", b"\x80" + bytes(19), b"\x01" * 21])
def test_what_is_no_serial_number_was_never_issued(serial: bytes) -> None:
    index = StatusIndex()
    with pytest.raises(ValueError, match="serial"):
        index.issue(TOKYO, serial)
    with pytest.raises(ValueError, match="serial"):
        index.revoke(TOKYO, serial, 1, 0)
    index.issue(TOKYO, b"\x01")
    assert index.lookup(TOKYO, serial) == UNKNOWN
    assert index.lookup_batch(TOKYO, [serial, b"\x01"]) == (b"\x00\x01", b"\0\0", [0, 0])


@given(
    st.dictionaries(
        st.binary(min_size=1, max_size=20).filter(lambda octets: 0 < octets[0] < 0x80),
        st.none() | st.tuples(st.sampled_from([0, 1, 3, 4, 5]), st.integers(1, 2**32 - 1)),
    ),
    st.lists(st.binary(max_size=22)),
)
def test_batches_and_pages_agree_with_single_calls(
    held: dict[bytes, tuple[int, int] | None], others: list[bytes]
) -> None:
    one, paged = StatusIndex(), StatusIndex()
    for serial, revocation in held.items():
        if revocation is None:
            one.issue(TOKYO, serial)
        else:
            one.revoke(TOKYO, serial, *revocation)
    paged.apply(
        TOKYO,
        b"".join(held),
        bytes(map(len, held)),
        bytes(STATUS_GOOD if r is None else STATUS_REVOKED for r in held.values()),
        bytes(0 if r is None else r[0] for r in held.values()),
        times(*(0 if r is None else r[1] for r in held.values())),
    )
    asked = [*held, *others]
    answers = [one.lookup(TOKYO, serial) for serial in asked]
    for index in (one, paged):
        assert list(zip(*index.lookup_batch(TOKYO, asked), strict=True)) == answers
        assert index.count(TOKYO) == len(index) == len(held)
    for serial, revocation in held.items():
        expected = GOOD if revocation is None else (STATUS_REVOKED, *revocation)
        assert one.lookup(TOKYO, serial) == expected


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ((b"\1\2", b"\1\1", b"\1\0", b"\0\0", times(0, 0)), "row 1: status"),
        ((b"\1\2", b"\1\1", b"\1\2", b"\0\7", times(0, 0)), "row 1: reason"),
        ((b"\1\2", b"\1\1", b"\1\2", b"\0\1", times(0, -1)), "row 1: revoked_at"),
        ((b"\1\0", b"\1\1", b"\1\1", b"\0\0", times(0, 0)), "row 1: serial"),
        ((b"\1\2", b"\1", b"\1\1", b"\0\0", times(0, 0)), "serial_lengths"),
        ((b"\1\2", b"\1\1", b"\1\1", b"\0\0", times(0)), "columns"),
        ((b"\1\2", b"\1\1", b"\1\1", b"\0\0", times(0, 0), times(0)), "columns"),
    ],
)
def test_a_page_with_a_bad_row_is_refused_whole(columns: tuple[bytes, ...], rule: str) -> None:
    index = StatusIndex()
    with pytest.raises(ValueError, match=rule):
        index.apply(TOKYO, *columns)
    assert len(index) == 0


def test_removal_and_expiry_forget() -> None:
    index = StatusIndex()
    index.issue(TOKYO, b"\x01", not_after=100)
    index.issue(TOKYO, b"\x02")
    index.apply(TOKYO, b"\3\4", b"\1\1", b"\1\2", b"\0\1", times(0, 50), times(99, 200))
    assert index.expire(TOKYO, 100) == 1
    assert index.expire(TOKYO, 101) == 1
    assert [index.lookup(TOKYO, bytes([n]))[0] for n in (1, 2, 3, 4)] == [
        STATUS_UNKNOWN,
        STATUS_GOOD,
        STATUS_UNKNOWN,
        STATUS_REVOKED,
    ]
    assert index.remove(TOKYO, b"\x02")
    assert not index.remove(TOKYO, b"\x02")
    assert index.expire(OSAKA, 10**9) == 0
    assert (len(index), index.count(TOKYO), index.count(OSAKA)) == (1, 1, 0)


@pytest.mark.parametrize(("reason", "at"), [(7, 0), (8, 0), (11, 0), (1, -1), (1, 2**32)])
def test_revocations_that_can_not_be_are_refused(reason: int, at: int) -> None:
    index = StatusIndex()
    with pytest.raises(ValueError, match=r"reason|revoked_at"):
        index.revoke(TOKYO, b"\x01", reason, at)
    assert index.lookup(TOKYO, b"\x01") == UNKNOWN


def test_readers_and_writers_share_it() -> None:
    index = StatusIndex()
    rng = random.Random(7)  # noqa: S311 numbers for a test
    serials = [bytes([rng.randrange(1, 128)]) + rng.randbytes(19) for _ in range(3_000)]
    for serial in serials:
        index.issue(TOKYO, serial)
    failures: list[str] = []
    done = threading.Event()

    def read() -> None:
        seen = 0
        while not done.is_set():
            statuses, _, _ = index.lookup_batch(TOKYO, serials)
            revoked = statuses.count(STATUS_REVOKED)
            if STATUS_UNKNOWN in statuses or revoked < seen:
                failures.append(f"{revoked} after {seen}")
            seen = revoked

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for serial in serials:
        index.revoke(TOKYO, serial, 5, 1_750_000_000)
    time.sleep(0.01)
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert index.lookup_batch(TOKYO, serials)[0] == bytes([STATUS_REVOKED]) * len(serials)
