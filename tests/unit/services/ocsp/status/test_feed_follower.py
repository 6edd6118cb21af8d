"""What a replica makes of feeds that do not keep to the contract, and of those that do."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event
from time import monotonic
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import reason_pb2
from openjpki.config.clock import SystemClock
from openjpki.domain import feed_digest
from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.status import ca_streams, feed_follower, unconfirmed
from openjpki.services.ocsp.status.conversions import news_of, snapshot_page
from openjpki.services.ocsp.status.events import SnapshotNeededError, take_events
from openjpki.services.ocsp.status.feed_follower import FeedFollower
from openjpki.services.ocsp.status.snapshot import load_snapshot
from openjpki.services.ocsp.status.statuses import AuthorityStatus, Position, Statuses
from openjpki.telemetry.metrics import REGISTRY
from tests.support.mesh import SettableClock
from tests.support.ocsp_service import until
from tests.support.status_bounds import bounds
from tests.support.status_index import LATE

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 3
A, B, C = b"\x0a", b"\x0b\x0b", b"\x7c" * 20

TOKYO, KANAGAWA = map(AuthorityId.signing, ("13", "14"))
GONE = reason_pb2.REASON_FEED_POSITION_GONE


def page(sequence: int, *rows: tuple[bytes, int, int, int]) -> ca_pb2.ReadSnapshotResponse:
    serials, stated, reasons, times = zip(*rows, strict=True) if rows else ((), (), (), ())
    return ca_pb2.ReadSnapshotResponse(
        sequence=sequence,
        serials=serials,
        generations=[1] * len(rows),
        not_after=[LATE] * len(rows),
        statuses=bytes(stated),
        reasons=bytes(reasons),
        revoked_at=times,
    )


def told(
    head: int, *events: tuple[int, bytes, int], of: AuthorityId = TOKYO
) -> ca_pb2.FollowResponse:
    message = ca_pb2.FollowResponse()
    # Later than any test runs: it is the replica's own time that counts.
    message.as_of.seconds = LATE
    feed = message.feeds.add(authority_id=str(of), head_sequence=head)
    for sequence, serial, status in events:
        event = feed.events.add(
            sequence=sequence,
            serial=serial,
            status=status,
            reason=3 * (status - 1),
            generation=1,
        )
        event.at.seconds = 1_000_000
        event.not_after.seconds = LATE
    return message


def gone(of: AuthorityId) -> ca_pb2.FollowResponse:
    return ca_pb2.FollowResponse(
        feeds=[ca_pb2.FeedProgress(authority_id=str(of), refusal=GONE, head_sequence=9)]
    )


class Stream:
    """Messages, then silence until it is cancelled."""

    def __init__(self, messages: list[Any], *, held: Event | None = None) -> None:
        """``held``: what the messages wait for."""
        self._messages = messages
        self._held = held
        self._cancelled = Event()

    def __iter__(self) -> Iterator[Any]:
        while self._held is not None and not self._held.wait(0.01):
            if self._cancelled.is_set():
                raise OpenJpkiError(Reason.CANCELLED, "cancelled")
        yield from self._messages
        if self._held is None:
            self._cancelled.wait(20)
            raise OpenJpkiError(Reason.CANCELLED, "cancelled")

    def cancel(self) -> None:
        self._cancelled.set()


class Ca:
    """Snapshots and streams as a test says, each handed out once; the last snapshot again.

    A stream waits for a call that follows every authority; one that follows some hears nothing.
    """

    def __init__(
        self,
        snapshots: list[Any] | dict[AuthorityId, list[Any]],
        streams: list[list[ca_pb2.FollowResponse]],
        held: Event | None = None,
    ) -> None:
        """``held``: what snapshots wait for."""
        self.asked_after: list[dict[str, int]] = []
        self.snapshots_read: list[str] = []
        self.given_up = 0
        self.followers: list[FeedFollower] = []
        self._snapshots = snapshots if isinstance(snapshots, dict) else {TOKYO: snapshots}
        self._streams = streams
        self._held = held or Event()
        if held is None:
            self._held.set()
        self.stubs = SimpleNamespace(feed=self)

    def ReadSnapshot(self, request: Any) -> Any:  # noqa: N802
        self.snapshots_read.append(request.authority_id)
        left = self._snapshots[AuthorityId.parse(request.authority_id)]
        return Stream(left.pop(0) if len(left) > 1 else left[0], held=self._held)

    def Follow(self, request: Any) -> Any:  # noqa: N802
        self.asked_after.append({one.authority_id: one.after_sequence for one in request.positions})
        complete = len(request.positions) == len(self._snapshots)
        return Stream(self._streams.pop(0) if complete and self._streams else [])

    def give_up(self, _used: Any) -> None:
        self.given_up += 1


def status_of(status: AuthorityStatus, serial: bytes) -> tuple[int, int, int]:
    return status.current().lookup(serial)


def sequence_of(status: AuthorityStatus) -> int:
    return -1 if status.position is None else status.position.sequence


@contextmanager
def following(
    ca: Ca, *authorities: AuthorityId, freshness: float = 30
) -> Iterator[list[AuthorityStatus]]:
    """The status of each, kept current."""
    statuses = {
        one: AuthorityStatus(one, SystemClock(), bounds(freshness))
        for one in authorities or (TOKYO,)
    }
    follower = FeedFollower(ca, SystemClock(), MOST, chance=lambda: 0.5)  # type: ignore[arg-type]
    ca.followers.append(follower)
    follower.start()
    follower.follow(statuses)
    try:
        yield list(statuses.values())
    finally:
        follower.stop()


def test_snapshot_then_events_by_number() -> None:
    ca = Ca(
        [[page(2, (A, 1, 0, 0)), page(2, (B, 2, 1, 77))]],
        [[told(2), told(4, (3, C, 1), (4, A, 2)), told(4)]],
    )
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 4)
        assert status_of(one, A) == (CertificateStatus.REVOKED, 3, 1_000_000)
        assert status_of(one, B) == (CertificateStatus.REVOKED, 1, 77)
        assert status_of(one, C) == (CertificateStatus.GOOD, 0, 0)
        assert status_of(one, b"\x01") == (CertificateStatus.UNKNOWN, 0, 0)
        assert ca.asked_after == [{"signing-13": 2}]


def test_events_already_taken_are_left_aside() -> None:
    # If 3 were taken again, A would be revoked.
    ca = Ca([[page(3, (A, 1, 0, 0))]], [[told(4, (3, A, 2), (4, B, 1))]])
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 4)
        assert status_of(one, A)[0] == CertificateStatus.GOOD


@pytest.mark.parametrize(
    "wrong",
    [told(5, (5, B, 1)), told(2), told(4, (4, B, 1), (6, C, 1)), gone(TOKYO), told(4, (4, B, 3))],
    ids=["gap", "went back", "gap inside", "position gone", "value"],
)
def test_what_can_not_follow_means_a_new_snapshot(wrong: ca_pb2.FollowResponse) -> None:
    ca = Ca([[page(3, (A, 1, 0, 0))], [page(9, (A, 2, 5, 7))]], [[wrong], [told(9)]])
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 9)
        assert status_of(one, A) == (CertificateStatus.REVOKED, 5, 7)
        until(lambda: len(ca.asked_after) == 2)
        assert (len(ca.snapshots_read), ca.asked_after) == (
            2,
            [{"signing-13": 3}, {"signing-13": 9}],
        )


START = b"\x05" * 32
"""Of the snapshot that a test begins with."""


def after(*events: tuple[int, bytes, int]) -> bytes:
    """The digest that ca has after these."""
    digest = START
    for _, serial, status in events:
        revoked = status == CertificateStatus.REVOKED
        octets = feed_digest.event_octets(
            serial, 1, LATE, status, 3 * (status - 1), 1_000_000 * revoked
        )
        digest = feed_digest.continued(digest, octets)
    return digest


def with_digest(message: Any, digest: bytes) -> Any:
    if isinstance(message, ca_pb2.ReadSnapshotResponse):
        message.digest = digest
    else:
        message.feeds[0].head_digest = digest
    return message


def differences() -> float:
    labels = {"authority": str(TOKYO)}
    return REGISTRY.get_sample_value("openjpki_feed_differs_total", labels) or 0.0


def test_what_was_told_is_held_against_what_ca_has() -> None:
    """At each position of which ca says it, whatever messages the events came in."""
    events = [(4, B, 1), (5, C, 1), (6, B, 2), (7, A, 2)]
    before = differences()
    ca = Ca(
        [[with_digest(page(3, (A, 1, 0, 0)), START)]],
        [
            [
                with_digest(told(3), START),
                with_digest(told(4, events[0]), after(events[0])),
                # Some of them, then those and more: what comes twice is counted once.
                with_digest(told(6, events[1]), after(*events[:3])),
                with_digest(told(6, *events[1:3]), after(*events[:3])),
                with_digest(told(7, events[3]), after(*events)),
                with_digest(told(7), after(*events)),
            ]
        ],
    )
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 7)
        assert one.position is not None
        assert one.position.digest == after(*events)
        assert (differences(), len(ca.snapshots_read)) == (before, 1)


@pytest.mark.parametrize(
    ("came", "had"),
    [
        ([(4, B, 1)], [(4, B, 2)]),
        ([(4, B, 1)], [(4, C, 1)]),
        ([(4, B, 1), (5, C, 1)], [(4, C, 1), (5, B, 1)]),
        ([(4, C, 1)], [(4, B, 1), (4, C, 1)]),
        ([], [(4, B, 2)]),
    ],
    ids=["status", "serial", "order", "one lost and the next renumbered", "nothing came"],
)
def test_what_differs_is_not_taken_and_a_snapshot_is(
    came: list[tuple[int, bytes, int]], had: list[tuple[int, bytes, int]]
) -> None:
    before = differences()
    wrong = with_digest(told(3 + len(came), *came), after(*had))
    ca = Ca(
        [
            [with_digest(page(3, (A, 1, 0, 0)), START)],
            [with_digest(page(9, (A, 2, 5, 7)), START)],
        ],
        [[wrong], [with_digest(told(9), START)]],
    )
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 9)
        assert status_of(one, A) == (CertificateStatus.REVOKED, 5, 7)
        assert all(status_of(one, serial)[0] == CertificateStatus.UNKNOWN for serial in (B, C))
        until(lambda: len(ca.asked_after) == 2)
        assert (differences(), len(ca.snapshots_read)) == (before + 1, 2)


def test_a_feed_that_differs_each_time_costs_ca_few_snapshots(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed_follower, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(feed_follower, "DIFFERS_SECONDS", 3600.0)
    before = differences()
    wrong = [with_digest(told(3), b"\x06" * 32)]
    ca = Ca([[with_digest(page(3, (A, 1, 0, 0)), START)]], [wrong, wrong, [told(3)]])
    with following(ca) as [one]:
        # After the first a snapshot is read at once, after the second not before a time is over.
        until(lambda: differences() == before + 2)
        (feed,) = ca.followers[-1]._feeds.values()
        until(lambda: feed.not_before > monotonic())
        assert len(ca.snapshots_read) == 2
        assert status_of(one, A)[0] == CertificateStatus.GOOD
        feed.not_before = 0.0
        until(lambda: len(ca.asked_after) == 3)
        assert len(ca.snapshots_read) == 3


def test_a_ca_that_keeps_no_digest_is_followed_and_held_to_the_first_that_comes() -> None:
    """As while an older one is replaced. Where it says none for a while, the chain goes on."""
    before = differences()
    events = [(4, B, 1), (5, C, 1), (6, B, 2), (7, A, 2), (8, C, 2)]
    ca = Ca(
        [[page(3, (A, 1, 0, 0))], [page(9, (A, 2, 5, 7))]],
        [
            [
                told(4, events[0]),
                # Taken as it is: there is nothing to hold it against.
                with_digest(told(5, events[1]), after(*events[:2])),
                told(6, events[2]),
                # The one of before and one of its own in a message.
                with_digest(told(8, *events[3:]), after(*events)),
                with_digest(told(8), START),
            ],
            [told(9)],
        ],
    )
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 9)
        assert one.position is not None
        assert one.position.digest == b""
        assert differences() == before + 1


def test_while_a_snapshot_is_waited_for_who_is_revoked_is_not_good() -> None:
    """Also where ca can give none for long, and the stream is opened anew for another authority.
    Nothing claims to be newer meanwhile."""
    release = Event()

    def late() -> Iterator[ca_pb2.ReadSnapshotResponse]:
        assert release.wait(90)
        yield page(9, (A, 1, 0, 0), (B, 2, 1, 7))

    first = [with_digest(told(4, (4, B, 2)), START), told(5, (5, C, 2)), gone(KANAGAWA)]
    ca = Ca(
        {
            TOKYO: [
                [with_digest(page(3, (A, 1, 0, 0), (B, 1, 0, 0), (C, 1, 0, 0)), START)],
                late(),
            ],
            KANAGAWA: [[page(1)], [page(2)]],
        },
        [first, [told(6, (5, C, 2), (6, A, 2))], [told(9)]],
    )
    with following(ca, TOKYO, KANAGAWA) as [tokyo, kanagawa]:
        until(lambda: sequence_of(tokyo) == 3)
        position = tokyo.position
        for serial in (B, C, A):
            until(lambda serial=serial: status_of(tokyo, serial)[0] == CertificateStatus.REVOKED)  # type: ignore[misc]
        assert tokyo.position is position
        assert sequence_of(kanagawa) == 2
        assert ca.asked_after[-1] == {"signing-13": 3, "signing-14": 2}
        kept = revocations_kept()
        release.set()
        until(lambda: sequence_of(tokyo) == 9)
        # What was not sure is as the snapshot says: the feed tells it again if it is so.
        assert status_of(tokyo, A)[0] == CertificateStatus.GOOD
        assert status_of(tokyo, B)[0] == CertificateStatus.REVOKED
        assert revocations_kept() == kept


def test_news_that_come_late_change_nothing_in_the_snapshots_index() -> None:
    """The stream's thread saw that one is waited for, and goes on when it is there."""
    release = Event()

    def late() -> Iterator[ca_pb2.ReadSnapshotResponse]:
        assert release.wait(90)
        yield page(9, (A, 1, 0, 0), (B, 1, 0, 0))

    wrong = with_digest(told(4, (4, A, 2)), START)
    first = [with_digest(page(3, (A, 1, 0, 0), (B, 1, 0, 0)), START)]
    ca = Ca([first, late()], [[wrong], [told(9)]])
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 3 and status_of(one, A)[0] == CertificateStatus.REVOKED)
        (feed,) = ca.followers[-1]._feeds.values()
        seen = feed.unconfirmed
        assert seen is not None
        release.set()
        until(lambda: sequence_of(one) == 9)
        (news,) = news_of(told(10, (10, B, 2)))
        seen.take(news.rows, MOST)
        assert seen.index.lookup(B)[0] == CertificateStatus.REVOKED
        assert [status_of(one, serial)[0] for serial in (A, B)] == [CertificateStatus.GOOD] * 2
        assert feed.unconfirmed is None


def test_what_is_noted_while_a_snapshot_is_waited_for_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Beyond it a revocation shows all the same, and is kept as one of before is."""
    monkeypatch.setattr(unconfirmed, "MOST_NOTED", 2)
    known = page(3, (A, 2, 5, 7), (B, 1, 0, 0), (C, 1, 0, 0))
    index = load_snapshot([snapshot_page(known)], MOST).index
    status = AuthorityStatus(TOKYO, SystemClock(), bounds())
    seen = unconfirmed.Unconfirmed(status, index)
    others = [bytes([number]) for number in (1, 2)]

    def take(*serials: bytes, stated: int = 2) -> None:
        events = [(number, serial, stated) for number, serial in enumerate(serials, 4)]
        (news,) = news_of(told(99, *events))
        seen.take(news.rows, 2 * MOST)

    # Who is revoked already and who is issued are not noted, who is told twice is once.
    take(A, B)
    take(A, B, *others, stated=1)
    assert seen.serials == {B}
    take(C, *others)
    assert seen.serials == {B, C}
    for serial in (A, B, C, *others):
        assert index.lookup(serial)[0] == CertificateStatus.REVOKED
    pages = [page(9, *((one, 1, 0, 0) for one in (A, B, C))), page(9, (others[0], 1, 0, 0))]
    loaded = load_snapshot(map(snapshot_page, pages), 2 * MOST, index, seen.serials)
    assert loaded.kept == 2
    now = [loaded.index.lookup(one)[0] for one in (A, B, C, others[0])]
    assert now == [2, 1, 1, 2]
    # And the index takes no more than it may.
    before = len(index)
    take(b"\x03", b"\x04")
    take(b"\x05", b"\x06")
    assert len(index) == before + 2


def revocations_kept() -> float:
    labels = {"authority": str(TOKYO)}
    return REGISTRY.get_sample_value("openjpki_revocations_kept_total", labels) or 0.0


def test_a_revocation_that_ca_has_forgotten_is_kept_and_counted() -> None:
    """Its database was brought back: that it was revoked is known here alone."""
    before = revocations_kept()
    ca = Ca(
        [
            [page(3, (A, 2, 5, 7), (B, 1, 0, 0))],
            [page(9, (A, 1, 0, 0)), page(9, (B, 1, 0, 0)), page(9, (C, 2, 1, 8))],
        ],
        [[gone(TOKYO)], [told(9)]],
    )
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 9)
        assert status_of(one, A) == (CertificateStatus.REVOKED, 5, 7)
        assert status_of(one, B)[0] == CertificateStatus.GOOD
        assert status_of(one, C) == (CertificateStatus.REVOKED, 1, 8)
        assert revocations_kept() == before + 1


def test_a_stream_of_before_a_snapshot_asks_for_no_other() -> None:
    """It goes on from where it was, until it is opened anew with the snapshot's position."""
    loaded = Event()

    def first() -> Iterator[ca_pb2.FollowResponse]:
        yield told(5, (5, B, 1))
        assert loaded.wait(90)
        # After what the snapshot has, and not next to it.
        yield told(12, (12, B, 2))

    ca = Ca(
        [[page(3, (A, 1, 0, 0))], [page(9, (A, 2, 5, 7))]],
        [first(), [told(10, (10, C, 1))]],  # type: ignore[list-item]
    )
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 9)
        loaded.set()
        until(lambda: sequence_of(one) == 10)
        assert (len(ca.snapshots_read), len(ca.asked_after)) == (2, 2)


def test_a_snapshot_of_one_authority_ends_nothing_for_another() -> None:
    """The stream goes on while it is read, and begins anew with all positions when it is."""
    first = [gone(TOKYO), told(2, (2, C, 1), of=KANAGAWA)]
    second = [told(8), told(3, (3, B, 2), of=KANAGAWA)]
    ca = Ca(
        {
            TOKYO: [[page(3, (A, 1, 0, 0))], [page(8, (A, 2, 5, 7))]],
            KANAGAWA: [[page(1, (B, 1, 0, 0))]],
        },
        [first, second],
    )
    with following(ca, TOKYO, KANAGAWA) as [tokyo, kanagawa]:
        until(lambda: (sequence_of(tokyo), sequence_of(kanagawa)) == (8, 3))
        assert status_of(tokyo, A) == (CertificateStatus.REVOKED, 5, 7)
        assert status_of(kanagawa, C)[0] == CertificateStatus.GOOD
        assert status_of(kanagawa, B)[0] == CertificateStatus.REVOKED
        assert sorted(ca.snapshots_read) == ["signing-13", "signing-13", "signing-14"]
        assert ca.asked_after[-1] == {"signing-13": 8, "signing-14": 2}


def test_what_can_not_be_said_of_one_authority_ends_nothing_for_another() -> None:
    message = told(2, (2, A, 300), of=TOKYO)
    message.MergeFrom(told(2, (2, B, 2), of=KANAGAWA))
    ca = Ca({TOKYO: [[page(1)], []], KANAGAWA: [[page(1)]]}, [[message]])
    with following(ca, TOKYO, KANAGAWA) as [tokyo, kanagawa]:
        until(lambda: sequence_of(kanagawa) == 2)
        assert status_of(kanagawa, B)[0] == CertificateStatus.REVOKED
        assert sequence_of(tokyo) == 1


def test_an_authority_that_is_not_heard_of_is_not_current() -> None:
    """Freshness is each authority's own: what is said of one says nothing of another."""
    ca = Ca(
        {TOKYO: [[page(1)]], KANAGAWA: [[page(1)]]},
        [[told(1, of=TOKYO)] + [told(1, of=TOKYO)] * 3],
    )
    with following(ca, TOKYO, KANAGAWA) as [tokyo, kanagawa]:
        until(lambda: ca.asked_after and len(ca.asked_after[-1]) == 2)
        assert kanagawa.position is not None
        began = kanagawa.position.heard
        until(lambda: tokyo.position and tokyo.position.heard > began)
        assert kanagawa.position.heard == began


def test_not_current_while_events_are_still_to_come() -> None:
    ca = Ca([[page(1)]], [[told(9, (2, A, 1))]])
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 2)
        position = one.position
        assert position is not None
        began = position.heard
        # Nothing says so far that this is all: the lag runs from the snapshot on.
        until(lambda: one.seconds_behind() > 0.2)
        assert one.position is not None
        assert one.position.heard == began


def broken(**columns: Any) -> ca_pb2.ReadSnapshotResponse:
    message = page(1, (A, 1, 0, 0), (B, 1, 0, 0))
    for name, column in columns.items():
        message.ClearField(name)  # type: ignore[arg-type]
        message.MergeFrom(ca_pb2.ReadSnapshotResponse(**{name: column}))
    return message


@pytest.mark.parametrize(
    "pages",
    [
        [],
        [page(1, (A, 1, 0, 0)), page(2, (B, 1, 0, 0))],
        [page(1, (A, 1, 0, 0)), broken(digest=b"\x01" * 32)],
        [page(1, (A, 3, 0, 0))],
        [page(1, (b"\xff" * 20, 1, 0, 0))],
        [page(1, (b"", 1, 0, 0))],
        [page(1, (A, 2, 8, 5))],
        [broken(serials=[A])],
        [broken(statuses=b"\1")],
        [broken(generations=[1])],
        [broken(generations=[1, 0])],
        [broken(generations=[1, 65536])],
        [broken(not_after=[1])],
        [broken(not_after=[1, -1])],
        [broken(revoked_at=[])],
    ],
)
def test_snapshot_that_breaks_the_contract_is_refused(
    pages: list[ca_pb2.ReadSnapshotResponse],
) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        load_snapshot((snapshot_page(one) for one in pages), MOST)
    assert refusal.value.reason is Reason.INTERNAL


@pytest.mark.parametrize(
    "event",
    [
        ca_pb2.StatusEvent(sequence=2, serial=A, status=1, generation=0),  # type: ignore[arg-type]
        ca_pb2.StatusEvent(sequence=2, serial=A, status=300, generation=1),  # type: ignore[arg-type]
        ca_pb2.StatusEvent(sequence=2, serial=A, status=2, reason=256, generation=1),  # type: ignore[arg-type]
        ca_pb2.StatusEvent(sequence=2, serial=b"", status=1, generation=1),  # type: ignore[arg-type]
    ],
    ids=["generation", "status", "reason", "serial"],
)
def test_event_that_breaks_the_contract_changes_nothing(event: ca_pb2.StatusEvent) -> None:
    message = told(2)
    message.feeds[0].events.append(event)
    status = AuthorityStatus(TOKYO, SystemClock(), bounds())
    loaded = load_snapshot([snapshot_page(page(1))], MOST)
    before = status.position = Position(loaded.index, 1, 0.0, datetime.now(UTC))

    def take() -> None:
        for news in news_of(message):
            take_events(status, news, datetime.now(UTC), MOST)

    with pytest.raises(SnapshotNeededError):
        take()
    assert status.position is before
    assert len(loaded.index) == 0


def test_what_waited_on_its_way_is_as_old_as_ca_said() -> None:
    """A process that stood still finds hours of heartbeats in its buffer."""
    status = AuthorityStatus(TOKYO, SystemClock(), bounds())
    loaded = load_snapshot([snapshot_page(page(1, (A, 1, 0, 0)))], MOST)
    now = datetime.now(UTC)
    began = now - timedelta(hours=2)
    status.position = Position(loaded.index, 1, monotonic() - 7200, began)

    def hear(as_of: datetime) -> datetime:
        message = told(1)
        message.as_of.FromDatetime(as_of)
        for news in news_of(message):
            take_events(status, news, now, MOST)
        assert status.position is not None
        return status.position.as_of

    an_hour_ago = now - timedelta(hours=1)
    assert hear(an_hour_ago) == an_hour_ago
    assert status.seconds_behind() >= 3600
    with pytest.raises(OpenJpkiError) as refusal:
        status.current()
    assert refusal.value.reason is Reason.FEED_NOT_READY
    # What was known as of a moment is known as of it still, whatever ca's clock says then.
    assert hear(began) == an_hour_ago
    # And nothing is known of the future.
    assert hear(now + timedelta(hours=1)) == now
    assert status.current().is_current


@pytest.mark.requirement("R4.1.1", refuses=True)
def test_a_feed_of_no_authority_keeps_no_other_from_being_heard() -> None:
    message = told(7)
    message.feeds.insert(0, ca_pb2.FeedProgress(authority_id="signing-99", head_sequence=1))
    assert [(one.authority_id, one.head) for one in news_of(message)] == [(TOKYO, 7)]


@pytest.mark.parametrize("seconds", [-(2**62), 2**62])
def test_a_moment_that_can_not_be_is_refused(seconds: int) -> None:
    message = told(1)
    message.as_of.seconds = seconds
    with pytest.raises(OpenJpkiError) as refusal:
        next(news_of(message))
    assert refusal.value.reason is Reason.INTERNAL


@pytest.mark.requirement("R4.1.1")
def test_a_batch_says_of_each_what_may_be_said() -> None:
    status = AuthorityStatus(TOKYO, SystemClock(), bounds(5, 3600))
    loaded = load_snapshot([snapshot_page(page(2, (A, 1, 0, 0), (B, 2, 1, 77)))], MOST)
    for age, seen in ((0, b"\1\2\3"), (60, b"\1\2\0"), (3601, b"\0\2\0")):
        as_of = datetime.now(UTC) - timedelta(seconds=age)
        status.position = Position(loaded.index, 2, monotonic(), as_of)
        statuses, reasons, times = status.known().lookup_batch([A, B, C])
        assert (statuses, reasons, times) == (seen, b"\0\1\0", [0, 77, 0])
        assert status.has_ended is (age > 3600)
        for serial, number in zip((A, B, C), seen, strict=True):
            if number:
                assert status.known().lookup(serial).status == number
                continue
            with pytest.raises(OpenJpkiError) as refusal:
                status.known().lookup(serial)
            was_good = serial == A
            assert refusal.value.reason is (
                Reason.FEED_NOT_READY if was_good else Reason.CERTIFICATE_NOT_HEARD_OF
            )


@pytest.mark.requirement("R4.1.1")
def test_stale_status_is_no_status() -> None:
    ca = Ca([[page(1, (A, 1, 0, 0))]], [[told(1)]])
    never = AuthorityStatus(TOKYO, SystemClock(), bounds(0.5))
    with pytest.raises(OpenJpkiError) as refusal:
        never.current()
    assert refusal.value.reason is Reason.FEED_NOT_READY
    with following(ca, freshness=0.5) as [one]:
        until(lambda: sequence_of(one) == 1 and ca.asked_after)
        assert status_of(one, A)[0] == CertificateStatus.GOOD
        until(lambda: one.seconds_behind() > 0.5)
        with pytest.raises(OpenJpkiError) as refusal:
            one.current()
        assert refusal.value.reason is Reason.FEED_NOT_READY


def test_nothing_is_known_before_ca_has_said_what_there_is() -> None:
    known = Statuses()
    with pytest.raises(OpenJpkiError) as refusal:
        known.require(TOKYO)
    assert refusal.value.reason is Reason.FEED_NOT_READY
    known.replace({KANAGAWA: AuthorityStatus(KANAGAWA, SystemClock(), bounds())})
    with pytest.raises(OpenJpkiError) as refusal:
        known.require(TOKYO)
    assert refusal.value.reason is Reason.AUTHORITY_NOT_FOUND


def test_snapshots_are_read_in_turns() -> None:
    """Who waits for a turn asks nothing of ca; all can be stopped while they wait."""
    authorities = [AuthorityId.signing(f"{number:02}") for number in range(1, 7)]
    release = Event()
    ca = Ca({one: [[page(3)]] for one in authorities}, [], held=release)
    with following(ca, *authorities) as statuses:
        until(lambda: len(ca.snapshots_read) == feed_follower.SNAPSHOTS_AT_ONCE)
        assert not ca.asked_after
        release.set()
        until(lambda: all(one.position is not None for one in statuses))
        # The turn is over with the snapshot, not with the stream that follows it.
        until(lambda: ca.asked_after and len(ca.asked_after[-1]) == len(authorities))
    never = Ca({one: [[page(3)]] for one in authorities}, [], held=Event())
    with following(never, *authorities):
        until(lambda: len(never.snapshots_read) == feed_follower.SNAPSHOTS_AT_ONCE)
    assert len(never.snapshots_read) == feed_follower.SNAPSHOTS_AT_ONCE


def ignored(*_args: object, **_facts: object) -> None:
    pass


def refused_for_size() -> float:
    labels = {"authority": str(TOKYO)}
    return REGISTRY.get_sample_value("openjpki_snapshots_too_large_total", labels) or 0.0


def test_an_endless_snapshot_is_refused_and_what_is_known_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever has ca's credential sends the same page for ever."""
    monkeypatch.setattr(feed_follower, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(feed_follower, "TOO_LARGE_SECONDS", 0.01)
    sent: list[int] = []

    def endless() -> Iterator[ca_pb2.ReadSnapshotResponse]:
        while True:
            sent.append(1)
            yield page(9, (B, 2, 1, 77))

    before = refused_for_size()
    ca = Ca(
        [[page(3, (A, 1, 0, 0))], endless(), endless(), [page(11, (A, 2, 5, 7))]],
        [[told(3), gone(TOKYO)], [told(11)]],
    )
    logged: list[dict[str, str]] = []
    log = SimpleNamespace(
        error=lambda _event, **facts: logged.append(facts), info=ignored, warning=ignored
    )
    monkeypatch.setattr(feed_follower, "_log", log)
    with following(ca) as [one]:
        until(lambda: refused_for_size() == before + 2)
        # Each was left when it had one row more than is taken.
        assert len(sent) == 2 * (MOST + 1)
        until(lambda: sequence_of(one) == 11)
        assert status_of(one, A) == (CertificateStatus.REVOKED, 5, 7)
        assert status_of(one, B)[0] == CertificateStatus.UNKNOWN
    assert [each["setting"] for each in logged] == ["ocsp.most_certificates"] * 2


@pytest.mark.parametrize("first", [[], [page(9, (A, 1, 0, 0))]], ids=["nothing", "rows"])
def test_a_snapshot_of_empty_pages_has_an_end(first: list[ca_pb2.ReadSnapshotResponse]) -> None:
    """They pass no bound, and would hold a thread for ever."""
    sent: list[int] = []

    def endless() -> Iterator[ca_pb2.ReadSnapshotResponse]:
        yield from first
        while len(sent) < 100:
            sent.append(1)
            yield page(9)

    with pytest.raises(OpenJpkiError, match="after a page without rows") as refusal:
        load_snapshot(map(snapshot_page, endless()), MOST)
    assert refusal.value.reason is Reason.INTERNAL
    assert len(sent) == 2
    # One that is the last is none of those: an authority without certificates has it alone.
    assert load_snapshot(map(snapshot_page, [*first, page(9)]), MOST).sequence == 9


def test_events_fill_no_memory_either() -> None:
    # The index holds one message more than is taken at most.
    rows = [(bytes([number]), 1, 0, 0) for number in range(1, MOST + 1)]
    events = [(number, bytes([number]), 1) for number in range(MOST + 1, MOST + 4)]
    loaded = load_snapshot([snapshot_page(page(MOST, *rows))], MOST)
    status = AuthorityStatus(TOKYO, SystemClock(), bounds())
    status.position = Position(loaded.index, MOST, monotonic(), datetime.now(UTC))

    def take(*some: tuple[int, bytes, int]) -> None:
        for news in news_of(told(some[-1][0], *some)):
            take_events(status, news, datetime.now(UTC), MOST)

    take(events[0])
    with pytest.raises(SnapshotNeededError, match=f"more than {MOST}"):
        take(*events[1:])
    assert status_of(status, bytes([MOST + 1]))[0] == CertificateStatus.GOOD
    assert status_of(status, bytes([MOST + 2]))[0] == CertificateStatus.UNKNOWN


def test_a_stream_that_fell_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ca_streams, "MAX_SILENCE_SECONDS", 0.2)
    monkeypatch.setattr(feed_follower, "POLL_SECONDS", 0.02)
    ca = Ca([[page(3, (A, 1, 0, 0))]], [[told(3)], [told(4, (4, A, 2))]])
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 4)
        assert ca.given_up >= 1
        # Resumed from the position, not begun anew.
        assert ca.snapshots_read == ["signing-13"]


def test_an_authority_that_is_gone_is_followed_no_more() -> None:
    ca = Ca({TOKYO: [[page(1)]], KANAGAWA: [[page(1)]]}, [])
    statuses = {one: AuthorityStatus(one, SystemClock(), bounds()) for one in (TOKYO, KANAGAWA)}
    follower = FeedFollower(ca, SystemClock(), MOST)  # type: ignore[arg-type]
    follower.start()
    follower.follow(statuses)
    until(lambda: ca.asked_after and len(ca.asked_after[-1]) == 2)
    follower.follow({TOKYO: statuses[TOKYO]})
    until(lambda: ca.asked_after[-1] == {"signing-13": 1})
    follower.stop()


@pytest.mark.parametrize("jump", [timedelta(days=30), -timedelta(days=30)], ids=["ahead", "behind"])
def test_a_moment_heard_by_a_wrong_clock_gives_way_to_the_right_one(jump: timedelta) -> None:
    """Of ca and replica both: what was dated ahead does not stay the latest for a month."""
    clock = SettableClock()
    status = AuthorityStatus(TOKYO, clock, bounds())
    loaded = load_snapshot([snapshot_page(page(1, (A, 1, 0, 0)))], MOST)

    def hear() -> None:
        message = told(1)
        message.as_of.FromDatetime(clock.now() - timedelta(seconds=2))
        for news in news_of(message):
            take_events(status, news, clock.now(), MOST)

    status.position = Position(loaded.index, 1, monotonic(), clock.now())
    hear()
    clock.offset = jump
    hear()
    clock.offset = timedelta(0)
    hear()
    assert status.position is not None
    age = clock.now() - status.position.as_of
    assert timedelta(0) <= age < timedelta(minutes=5)
    assert status.current().lookup(A, 1).status is CertificateStatus.GOOD


def test_what_was_heard_by_a_clock_ahead_grows_old_by_the_time_that_passes() -> None:
    """The feed is silent since; answers say how long, by the clock as it is now."""
    clock = SettableClock()
    status = AuthorityStatus(TOKYO, clock, bounds())
    loaded = load_snapshot([snapshot_page(page(1, (A, 1, 0, 0)))], MOST)
    ahead = clock.now() + timedelta(days=30)
    status.position = Position(loaded.index, 1, monotonic() - 7200, ahead)
    assert 7200 <= status.seconds_behind() < 7260
    told_as_of = status.known().true_as_of
    assert timedelta(hours=2) <= clock.now() - told_as_of < timedelta(hours=2, minutes=1)
    with pytest.raises(OpenJpkiError) as refusal:
        status.current()
    assert refusal.value.reason is Reason.FEED_NOT_READY
