"""What a replica makes of a feed that does not keep to the contract, and of one that does."""

from __future__ import annotations

from threading import Event, Semaphore
from time import monotonic
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.status import statuses
from openjpki.services.ocsp.status.feed_follower import SILENCE, FeedFollower
from openjpki.services.ocsp.status.snapshot import load_snapshot
from openjpki.services.ocsp.status.statuses import AuthorityStatus, Statuses
from tests.support.ocsp_service import until

if TYPE_CHECKING:
    from collections.abc import Iterator

A, B, C = b"\x0a", b"\x0b\x0b", b"\x7c" * 20

TOKYO, KANAGAWA = map(AuthorityId.signing, ("13", "14"))


def page(sequence: int, *rows: tuple[bytes, int, int, int]) -> ca_pb2.ReadSnapshotResponse:
    serials, stated, reasons, times = zip(*rows, strict=True) if rows else ((), (), (), ())
    return ca_pb2.ReadSnapshotResponse(
        sequence=sequence,
        serials=serials,
        statuses=bytes(stated),
        reasons=bytes(reasons),
        revoked_at=times,
    )


def told(head: int, *events: tuple[int, bytes, int]) -> ca_pb2.FollowResponse:
    message = ca_pb2.FollowResponse(head_sequence=head)
    for sequence, serial, status in events:
        event = message.events.add(
            sequence=sequence, serial=serial, status=status, reason=3 * (status - 1)
        )
        event.at.seconds = 1_000_000
    return message


class Stream:
    """Messages, then silence until it is cancelled."""

    def __init__(self, messages: list[Any]) -> None:
        self._messages = messages
        self._cancelled = Event()

    def __iter__(self) -> Iterator[Any]:
        yield from self._messages
        self._cancelled.wait(20)
        raise OpenJpkiError(Reason.CANCELLED, "cancelled")

    def cancel(self) -> None:
        self._cancelled.set()


class Ca:
    """Snapshots and streams as a test says, each handed out once; the last one again."""

    def __init__(self, snapshots: list[Any], streams: list[Any]) -> None:
        self.asked_after: list[int] = []
        self.snapshots_read = 0
        self._snapshots, self._streams = snapshots, streams
        self.stubs = SimpleNamespace(feed=self)

    def ReadSnapshot(self, _request: Any) -> Any:  # noqa: N802
        self.snapshots_read += 1
        pages = self._snapshots.pop(0) if len(self._snapshots) > 1 else self._snapshots[0]
        return Pages(pages)

    def Follow(self, request: Any) -> Any:  # noqa: N802
        self.asked_after.append(request.after_sequence)
        return Stream(self._streams.pop(0) if self._streams else [])


class Pages(list[Any]):
    """A snapshot's stream."""

    def cancel(self) -> None:
        """Ended."""


def status_of(status: AuthorityStatus, serial: bytes) -> tuple[int, int, int]:
    return status.lookup(status.current(), serial)


def sequence_of(status: AuthorityStatus) -> int:
    return -1 if status.position is None else status.position.sequence


def follower(ca: Ca) -> FeedFollower:
    return FeedFollower(AuthorityStatus(TOKYO, freshness=30), ca, SystemClock())  # type: ignore[arg-type]


def test_snapshot_then_events_by_number() -> None:
    ca = Ca(
        [[page(2, (A, 1, 0, 0)), page(2, (B, 2, 1, 77))]],
        [[told(2), told(4, (3, C, 1), (4, A, 2)), told(4)]],
    )
    one = follower(ca)
    one.start()
    until(lambda: sequence_of(one.status) == 4)
    assert status_of(one.status, A) == (statuses.REVOKED, 3, 1_000_000)
    assert status_of(one.status, B) == (statuses.REVOKED, 1, 77)
    assert status_of(one.status, C) == (statuses.GOOD, 0, 0)
    assert status_of(one.status, b"\x01") == (statuses.UNKNOWN, 0, 0)
    assert ca.asked_after == [2]
    one.stop()


def test_events_already_taken_are_left_aside() -> None:
    # If 3 were taken again, A would be revoked.
    ca = Ca([[page(3, (A, 1, 0, 0))]], [[told(4, (3, A, 2), (4, B, 1))]])
    one = follower(ca)
    one.start()
    until(lambda: sequence_of(one.status) == 4)
    assert status_of(one.status, A)[0] == statuses.GOOD
    one.stop()


@pytest.mark.parametrize(
    "wrong",
    [told(5, (5, B, 1)), told(2), told(4, (4, B, 1), (6, C, 1))],
    ids=["gap", "went back", "gap inside"],
)
def test_what_can_not_follow_means_a_new_snapshot(wrong: ca_pb2.FollowResponse) -> None:
    ca = Ca([[page(3, (A, 1, 0, 0))], [page(9, (A, 2, 5, 7))]], [[wrong], [told(9)]])
    one = follower(ca)
    one.start()
    until(lambda: sequence_of(one.status) == 9)
    assert status_of(one.status, A) == (statuses.REVOKED, 5, 7)
    assert (ca.snapshots_read, ca.asked_after) == (2, [3, 9])
    one.stop()


def test_not_current_while_events_are_still_to_come() -> None:
    ca = Ca([[page(1)]], [[told(9, (2, A, 1))]])
    one = follower(ca)
    one.start()
    until(lambda: sequence_of(one.status) == 2)
    position = one.status.position
    assert position is not None
    began = position.heard
    # Nothing says so far that this is all: the lag runs from the snapshot on.
    until(lambda: one.status.lag > 0.2)
    assert one.status.position is not None
    assert one.status.position.heard == began
    one.stop()


@pytest.mark.parametrize(
    "pages",
    [
        [],
        [page(1, (A, 1, 0, 0)), page(2, (B, 1, 0, 0))],
        [page(1, (A, 3, 0, 0))],
        [page(1, (b"\xff" * 20, 1, 0, 0))],
        [page(1, (b"", 1, 0, 0))],
        [page(1, (A, 2, 8, 5))],
        [ca_pb2.ReadSnapshotResponse(sequence=1, serials=[A, B], statuses=b"\1", reasons=b"\0")],
    ],
)
def test_snapshot_that_breaks_the_contract_is_refused(pages: list[Any]) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        load_snapshot(TOKYO, pages)
    assert refusal.value.reason is Reason.INTERNAL


@pytest.mark.requirement("R4.1.1")
def test_stale_status_is_no_status() -> None:
    ca = Ca([[page(1, (A, 1, 0, 0))]], [[told(1)]])
    one = FeedFollower(AuthorityStatus(TOKYO, freshness=0.5), ca, SystemClock())  # type: ignore[arg-type]
    with pytest.raises(OpenJpkiError) as refusal:
        one.status.current()
    assert refusal.value.reason is Reason.FEED_NOT_READY
    one.start()
    until(lambda: sequence_of(one.status) == 1 and ca.asked_after)
    assert status_of(one.status, A)[0] == statuses.GOOD
    until(lambda: one.status.lag > 0.5)
    with pytest.raises(OpenJpkiError) as refusal:
        one.status.current()
    assert refusal.value.reason is Reason.FEED_NOT_READY
    one.stop()


def test_nothing_is_known_before_ca_has_said_what_there_is() -> None:
    known = Statuses()
    with pytest.raises(OpenJpkiError) as refusal:
        known.require(TOKYO)
    assert refusal.value.reason is Reason.FEED_NOT_READY
    known.replace({KANAGAWA: AuthorityStatus(KANAGAWA, 1.0)})
    with pytest.raises(OpenJpkiError) as refusal:
        known.require(TOKYO)
    assert refusal.value.reason is Reason.AUTHORITY_NOT_FOUND


def test_snapshots_are_read_in_turns() -> None:
    """Who waits for a turn asks nothing of ca, is not taken for silent, and can be stopped."""
    turns = Semaphore(1)
    ca = Ca([[page(3, (A, 1, 0, 0))]], [[told(3)]])
    one = FeedFollower(AuthorityStatus(TOKYO, freshness=30), ca, SystemClock(), turns)  # type: ignore[arg-type]
    turns.acquire()
    one._last_message -= SILENCE + 1
    one.start()
    until(lambda: monotonic() - one._last_message < SILENCE)
    one.give_up_if_silent()
    assert ca.snapshots_read == 0
    turns.release()
    until(lambda: one.status.position is not None)
    # The turn is over with the snapshot, not with the stream that follows it.
    assert turns.acquire(timeout=10)
    one.stop()
    other = FeedFollower(AuthorityStatus(KANAGAWA, freshness=30), ca, SystemClock(), turns)  # type: ignore[arg-type]
    other.start()
    other.stop()
    assert ca.snapshots_read == 1
