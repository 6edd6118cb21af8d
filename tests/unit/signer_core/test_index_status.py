"""The status index: its answers, its limits, threads."""

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
from tests.support.status_index import LATE, generations, issue, revoke, times

UNKNOWN = (STATUS_UNKNOWN, 0, 0)
GOOD = (STATUS_GOOD, 0, 0)


def test_a_number_is_unknown_then_good_then_revoked() -> None:
    index = StatusIndex()
    assert index.lookup(b"\x05") == UNKNOWN
    issue(index, b"\x05")
    assert index.lookup(b"\x05") == GOOD
    assert StatusIndex().lookup(b"\x05") == UNKNOWN
    revoke(index, b"\x05", 5, 1_750_000_000)
    assert index.lookup(b"\x05") == (STATUS_REVOKED, 5, 1_750_000_000)
    issue(index, b"\x05")
    assert index.lookup(b"\x05") == (STATUS_REVOKED, 5, 1_750_000_000)


def test_a_number_is_unknown_under_another_generation() -> None:
    index = StatusIndex()
    issue(index, b"\x05", generation=2)
    assert index.lookup(b"\x05", 2) == index.lookup(b"\x05") == GOOD
    for other in (0, 1, 3, 65535):
        assert index.lookup(b"\x05", other) == UNKNOWN
    revoke(index, b"\x05", 1, 7, generation=2)
    assert index.lookup(b"\x05", 2) == (STATUS_REVOKED, 1, 7)
    assert index.lookup(b"\x05", 1) == UNKNOWN


def test_leading_zeros_make_no_other_number() -> None:
    index = StatusIndex()
    issue(index, b"\0\x85")
    assert index.lookup(b"\x85") == GOOD
    assert index.lookup(bytes(30) + b"\x85") == GOOD
    assert len(index) == 1


@pytest.mark.parametrize("serial", [b"", b"\0", b"\x80" + bytes(19), b"\x01" * 21])
def test_what_is_no_serial_number_was_never_issued(serial: bytes) -> None:
    index = StatusIndex()
    with pytest.raises(ValueError, match="serial"):
        issue(index, serial)
    with pytest.raises(ValueError, match="serial"):
        revoke(index, serial, 1, 0)
    issue(index, b"\x01")
    assert index.lookup(serial) == UNKNOWN
    assert index.lookup_batch([serial, b"\x01"]) == (
        bytes([STATUS_UNKNOWN, STATUS_GOOD]),
        b"\0\0",
        [0, 0],
    )


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
            issue(one, serial)
        else:
            revoke(one, serial, *revocation)
    paged.apply(
        b"".join(held),
        bytes(map(len, held)),
        generations(*(1 for _ in held)),
        times(*(LATE for _ in held)),
        bytes(STATUS_GOOD if r is None else STATUS_REVOKED for r in held.values()),
        bytes(0 if r is None else r[0] for r in held.values()),
        times(*(0 if r is None else r[1] for r in held.values())),
    )
    asked = [*held, *others]
    answers = [one.lookup(serial) for serial in asked]
    for index in (one, paged):
        assert list(zip(*index.lookup_batch(asked), strict=True)) == answers
        assert len(index) == len(held)
    for serial, revocation in held.items():
        expected = GOOD if revocation is None else (STATUS_REVOKED, *revocation)
        assert one.lookup(serial) == one.lookup(serial, 1) == expected


def columns(**changed: bytes) -> list[bytes]:
    """Two rows, the first good and the second revoked, but for what is changed."""
    rows = {
        "serials": b"\1\2",
        "serial_lengths": b"\1\1",
        "generations": generations(1, 1),
        "not_after": times(LATE, LATE),
        "statuses": bytes([STATUS_GOOD, STATUS_REVOKED]),
        "reasons": b"\0\1",
        "revoked_at": times(0, 9),
    }
    return list((rows | changed).values())


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"statuses": b"\1\0"}, "row 1: status"),
        ({"statuses": bytes([STATUS_GOOD, STATUS_UNKNOWN])}, "row 1: status"),
        ({"reasons": b"\0\7"}, "row 1: reason"),
        ({"revoked_at": times(0, -1)}, "row 1: revoked_at"),
        ({"not_after": times(1, 2**32)}, "row 1: not_after"),
        ({"not_after": times(-1, 1)}, "row 0: not_after"),
        ({"generations": generations(1, 0)}, "row 1: generation"),
        ({"serials": b"\1\0"}, "row 1: serial"),
        ({"serial_lengths": b"\1"}, "serial_lengths"),
        ({"revoked_at": times(0)}, "columns"),
        ({"not_after": times(0)}, "columns"),
        ({"generations": generations(1)}, "columns"),
    ],
)
def test_a_page_with_a_bad_row_is_refused_whole(changed: dict[str, bytes], rule: str) -> None:
    index = StatusIndex()
    with pytest.raises(ValueError, match=rule):
        index.apply(*columns(**changed))
    assert len(index) == 0
    index.apply(*columns())
    assert len(index) == 2


def test_what_has_ended_is_forgotten() -> None:
    index = StatusIndex()
    issue(index, b"\x01", not_after=100)
    issue(index, b"\x02", not_after=LATE)
    revoke(index, b"\x03", 1, 50, not_after=99)
    revoke(index, b"\x04", 1, 50, not_after=200)
    assert index.forget_ended(100) == 1
    assert index.forget_ended(101) == 1
    assert [index.lookup(bytes([n]))[0] for n in (1, 2, 3, 4)] == [
        STATUS_UNKNOWN,
        STATUS_GOOD,
        STATUS_UNKNOWN,
        STATUS_REVOKED,
    ]
    assert (index.forget_ended(101), len(index)) == (0, 2)


@pytest.mark.parametrize(("reason", "at"), [(7, 0), (8, 0), (11, 0), (1, -1), (1, 2**32)])
def test_revocations_that_can_not_be_are_refused(reason: int, at: int) -> None:
    index = StatusIndex()
    with pytest.raises(ValueError, match=r"reason|revoked_at"):
        revoke(index, b"\x01", reason, at)
    assert index.lookup(b"\x01") == UNKNOWN


def test_readers_and_writers_share_it() -> None:
    index = StatusIndex()
    rng = random.Random(7)  # noqa: S311 numbers for a test
    serials = [bytes([rng.randrange(1, 128)]) + rng.randbytes(19) for _ in range(3_000)]
    for serial in serials:
        issue(index, serial)
    failures: list[str] = []
    done = threading.Event()

    def read() -> None:
        seen = 0
        while not done.is_set():
            statuses, _, _ = index.lookup_batch(serials)
            revoked = statuses.count(STATUS_REVOKED)
            if STATUS_UNKNOWN in statuses or revoked < seen:
                failures.append(f"{revoked} after {seen}")
            seen = revoked

    def sweep() -> None:
        while not done.is_set():
            if index.forget_ended(LATE - 1):
                failures.append("forgotten before its end")

    threads = [threading.Thread(target=work) for work in (read, read, read, sweep)]
    for thread in threads:
        thread.start()
    for serial in serials:
        revoke(index, serial, 5, 1_750_000_000)
    time.sleep(0.01)
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert index.lookup_batch(serials)[0] == bytes([STATUS_REVOKED]) * len(serials)
