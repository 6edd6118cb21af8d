"""Who was told to be revoked is not good while a snapshot is waited for, nor by the snapshot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.config.clock import SystemClock
from openjpki.domain.certificate_status import KEPT_AFTER_END, CertificateStatus
from openjpki.services.common.background import NotDoneError
from openjpki.services.ocsp.status import feed_follower, unconfirmed
from openjpki.services.ocsp.status.conversions import news_of, snapshot_page
from openjpki.services.ocsp.status.snapshot import load_snapshot
from openjpki.services.ocsp.status.statuses import AuthorityStatus
from tests.support.ocsp_service import until
from tests.support.status_bounds import bounds
from tests.support.told_feeds import (
    KANAGAWA,
    MOST,
    START,
    TOKYO,
    A,
    B,
    C,
    Ca,
    after,
    following,
    gone,
    page,
    revocations_kept,
    revocations_taken_back,
    sequence_of,
    status_of,
    told,
    with_digest,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.api.ca.v1 import ca_pb2
    from openjpki.services.ocsp.status.conversions import SnapshotPage
    from openjpki.services.ocsp.status.snapshot import Snapshot


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


def test_news_that_come_late_change_nothing() -> None:
    """The stream's thread saw that a snapshot is waited for, and goes on when it is there: who
    looked at the index of before would be told what the next one does not know."""
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
        seen.take(news, MOST)
        assert seen.index.lookup(B)[0] == CertificateStatus.GOOD
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
        seen.take(news, 2 * MOST)

    # Who is revoked already and who is issued are not noted, who is told twice is once.
    take(A, B)
    take(A, B, *others, stated=1)
    assert set(seen.noted) == {B}
    take(C, *others)
    assert set(seen.noted) == {B, C}
    for serial in (A, B, C, *others):
        assert index.lookup(serial)[0] == CertificateStatus.REVOKED
    pages = [page(9, *((one, 1, 0, 0) for one in (A, B, C))), page(9, (others[0], 1, 0, 0))]
    loaded = load_snapshot(map(snapshot_page, pages), 2 * MOST, index, seen.noted)
    assert loaded.kept == 2
    now = [loaded.index.lookup(one)[0] for one in (A, B, C, others[0])]
    assert now == [2, 1, 1, 2]
    # And the index takes no more than it may.
    before = len(index)
    take(b"\x03", b"\x04")
    take(b"\x05", b"\x06")
    assert len(index) == before + 2


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


def waiting(*later: ca_pb2.FollowResponse, snapshots: list[Any] | None = None) -> tuple[Ca, Event]:
    """A ca whose feed differed, that tells of A at 4 and of C at 12 while its snapshot of 9 is not
    there, and this on the streams after it. What the snapshot waits for."""
    release = Event()

    def late() -> Iterator[ca_pb2.ReadSnapshotResponse]:
        assert release.wait(90)
        yield with_digest(page(9, (A, 1, 0, 0), (C, 1, 0, 0)), START)

    first = with_digest(page(3, (A, 1, 0, 0), (C, 1, 0, 0)), START)
    wrong = [with_digest(told(4, (4, A, 2)), after()), told(12, (12, C, 2))]
    return Ca([[first], late(), *(snapshots or [])], [wrong, *([one] for one in later)]), release


D = b"\x0d"
NOW = datetime(2026, 4, 1, tzinfo=UTC)
REVOKED, GOOD = CertificateStatus.REVOKED, CertificateStatus.GOOD


def test_what_was_told_after_the_snapshots_position_is_revoked_in_it_as_well() -> None:
    ca, release = waiting()
    kept = revocations_kept()
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 3 and status_of(one, C)[0] == REVOKED)
        release.set()
        until(lambda: sequence_of(one) == 9)
        # Nothing has told it again so far; of A the snapshot knew.
        assert status_of(one, C) == (REVOKED, 3, 1_000_000)
        assert status_of(one, A)[0] == GOOD
        # ca has forgotten nothing.
        assert revocations_kept() == kept


def test_who_was_told_to_be_revoked_and_is_good_by_the_snapshot_is_counted() -> None:
    """The positions may be of two histories: of a database that was brought back twice."""
    ca, release = waiting()
    before = revocations_taken_back()
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 3 and status_of(one, C)[0] == REVOKED)
        release.set()
        until(lambda: sequence_of(one) == 9)
        # A was told at 4; C, at 12, is not taken back.
        assert [status_of(one, serial)[0] for serial in (A, C)] == [GOOD, REVOKED]
        until(lambda: revocations_taken_back() == before + 1)


def test_beyond_the_most_nobody_becomes_good_whose_page_was_read_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unconfirmed, "MOST_NOTED", 1)
    seen = unconfirmed_of(A, B, C)
    take(seen, (4, A, 2))

    def read(*later: tuple[int, bytes, int]) -> Snapshot:
        def pages() -> Iterator[SnapshotPage]:
            seen.begin_reading()
            yield snapshot_page(page(9, *((one, 1, 0, 0) for one in (A, B, C))))
            take(seen, *later)

        return load_snapshot(pages(), MOST, seen.index, seen.noted)

    # More than is kept of them: another snapshot is read, which is held against all that was told.
    with pytest.raises(NotDoneError):
        seen.give_way(read((5, B, 2), (6, D, 2)), lambda: None, NOW)
    loaded = read((12, C, 2))
    assert loaded.kept == 1
    given_way = seen.give_way(loaded, lambda: None, NOW)
    assert (set(given_way.carried.noted), given_way.kept, given_way.taken_back) == ({C}, 0, 1)
    assert [loaded.index.lookup(one)[0] for one in (A, B, C)] == [GOOD, REVOKED, REVOKED]


def test_a_snapshot_that_is_overtaken_is_read_again_later_and_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By all that is revoked meanwhile, as a whole prefecture's certificates may be."""
    refused: list[int] = []
    monkeypatch.setattr(unconfirmed, "MOST_NOTED", 1)
    monkeypatch.setattr(feed_follower, "RETRY_SECONDS", 0.01)
    begun = Event()

    def pause(times: int) -> float:
        refused.append(times)
        return 0.0

    monkeypatch.setattr(feed_follower, "REFUSED_PAUSE", pause)

    def overtaken() -> Iterator[ca_pb2.ReadSnapshotResponse]:
        assert begun.wait(90)
        yield page(9, (A, 1, 0, 0), (B, 1, 0, 0))
        (feed,) = ca.followers[-1]._feeds.values()
        assert feed.unconfirmed is not None
        take(feed.unconfirmed, (5, B, 2), (6, C, 2))

    wrong = with_digest(told(4, (4, A, 2)), START)
    first = with_digest(page(3, *((one, 1, 0, 0) for one in (A, B, C))), START)
    last = page(9, *((one, 2, 5, 7) for one in (A, B, C)))
    ca = Ca([[first], overtaken(), [last]], [[wrong], [told(9)]])
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 3 and status_of(one, A)[0] == REVOKED)
        begun.set()
        until(lambda: sequence_of(one) == 9)
        assert refused == [1]
        assert len(ca.snapshots_read) == 3


def test_beyond_the_most_who_is_good_in_a_page_read_before_is_kept_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unconfirmed, "MOST_NOTED", 1)
    seen = unconfirmed_of(A, B)
    take(seen, (4, A, 2))
    seen.begin_reading()
    loaded = load_snapshot(
        [snapshot_page(page(9, (A, 1, 0, 0), (B, 1, 0, 0)))], MOST, seen.index, seen.noted
    )
    take(seen, (5, B, 2))
    given_way = seen.give_way(loaded, lambda: None, NOW)
    assert (given_way.carried, given_way.kept, given_way.taken_back) == (
        unconfirmed.Carried(),
        1,
        1,
    )
    assert [loaded.index.lookup(one)[0] for one in (A, B)] == [GOOD, REVOKED]


def test_what_is_awaited_again_does_not_grow_from_one_snapshot_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Should a feed differ again and again, and tell of others each time."""
    monkeypatch.setattr(unconfirmed, "MOST_NOTED", 2)
    every = [bytes([number]) for number in range(1, 9)]
    good = [page(9, *((one, 1, 0, 0) for one in every))]
    index = load_snapshot(map(snapshot_page, good), 100).index
    status = AuthorityStatus(TOKYO, SystemClock(), bounds())
    carried = unconfirmed.Carried()
    # Of the first ones two are noted, and two beyond them.
    for begin, end in ((0, 4), (4, 6), (6, 8)):
        seen = unconfirmed.Unconfirmed(status, index, carried.noted)
        seen.begin_reading()
        for news in news_of(told(99, *((20 + n, every[n], 2) for n in range(begin, end)))):
            seen.take(news, 100)
        loaded = load_snapshot(map(snapshot_page, good), 100, seen.index, seen.noted)
        carried, index = seen.give_way(loaded, lambda: None, NOW).carried, loaded.index
        assert (set(carried.noted), carried.up_to) == (set(every[:2]), 21)
        assert [index.lookup(one)[0] for one in every[:end]] == [REVOKED] * end


def test_who_was_revoked_and_is_unknown_by_the_snapshot_is_counted_unless_it_ended() -> None:
    """A snapshot leaves out what ended more than a day ago, and nothing else."""
    seen = unconfirmed_of(A, B, C)
    message = told(99, (4, A, 2), (5, B, 2), (6, C, 2))
    long_ago, of_late = NOW - KEPT_AFTER_END - timedelta(hours=1), NOW - timedelta(hours=1)
    for event, end in zip(message.feeds[0].events[1:], (long_ago, of_late), strict=True):
        event.not_after.FromDatetime(end)
    for news in news_of(message):
        seen.take(news, MOST)
    loaded = load_snapshot([snapshot_page(page(9))], MOST, seen.index, seen.noted)
    given_way = seen.give_way(loaded, lambda: None, NOW)
    assert (given_way.carried.noted, given_way.kept, given_way.taken_back) == ({}, 0, 2)


def test_one_that_the_snapshot_does_not_have_stays_revoked() -> None:
    """It was issued after the snapshot's position, and revoked."""
    ca, release = waiting()
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 3 and status_of(one, C)[0] == REVOKED)
        (feed,) = ca.followers[-1]._feeds.values()
        assert feed.unconfirmed is not None
        for news in news_of(told(13, (13, B, 2))):
            feed.unconfirmed.take(news, MOST)
        release.set()
        until(lambda: sequence_of(one) == 9)
        assert status_of(one, B) == (REVOKED, 3, 1_000_000)


def test_what_the_feed_tells_again_costs_nothing() -> None:
    again = told(13, (10, B, 1), (11, B, 2), (12, C, 2), (13, A, 2))
    ca, release = waiting(again)
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 3 and status_of(one, C)[0] == REVOKED)
        release.set()
        until(lambda: sequence_of(one) == 13)
        assert [status_of(one, serial)[0] for serial in (A, B, C)] == [REVOKED] * 3
        assert len(ca.snapshots_read) == 2
        (feed,) = ca.followers[-1]._feeds.values()
        assert not feed.carried.noted


def test_what_the_feed_does_not_tell_again_is_as_the_next_snapshot_says() -> None:
    """It was told by mistake: nobody stays revoked by what was never so."""
    other = told(12, (10, B, 1), (11, B, 2), (12, A, 2))
    last = page(20, (A, 2, 3, 1_000_000), (C, 1, 0, 0))
    ca, release = waiting(other, told(20), snapshots=[[last]])
    kept = revocations_kept()
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 3 and status_of(one, C)[0] == REVOKED)
        release.set()
        until(lambda: sequence_of(one) == 20)
        assert [status_of(one, serial)[0] for serial in (A, C)] == [REVOKED, GOOD]
        assert len(ca.snapshots_read) == 3
        assert revocations_kept() == kept


def unconfirmed_of(*known: bytes) -> unconfirmed.Unconfirmed:
    loaded = load_snapshot([snapshot_page(page(3, *((one, 1, 0, 0) for one in known)))], MOST)
    return unconfirmed.Unconfirmed(AuthorityStatus(TOKYO, SystemClock(), bounds()), loaded.index)


def take(into: unconfirmed.Unconfirmed, *events: tuple[int, bytes, int]) -> None:
    for news in news_of(told(99, *events)):
        into.take(news, MOST)


@pytest.mark.parametrize("serial", [b"", b"\x01" * 21, b"\x01" * 100_000], ids=len)
def test_what_is_no_serial_is_not_noted(serial: bytes) -> None:
    """Nor is any other of its message: all of it is left aside."""
    seen = unconfirmed_of(A, B)
    take(seen, (4, B, 2))
    take(seen, (5, A, 2), (6, serial, 2))
    assert set(seen.noted) == {B}
    assert [seen.index.lookup(one)[0] for one in (A, B)] == [GOOD, REVOKED]


def test_of_a_batch_that_fails_nothing_stays_noted() -> None:
    """It did not become revoked here, so whom a snapshot has as good may not be forgotten."""
    seen = unconfirmed_of(A, B)
    take(seen, (4, B, 2))
    take(seen, (5, A, 2), (6, C, 3))
    assert set(seen.noted) == {B}
    assert [seen.index.lookup(one)[0] for one in (A, B)] == [GOOD, REVOKED]


def test_beyond_the_most_only_those_that_are_not_known_are_left_out() -> None:
    seen = unconfirmed_of(A, B, C)
    extra = b"\x01", b"\x02"
    take(seen, (4, extra[0], 1))
    take(seen, (5, extra[1], 2), (6, A, 2), (7, extra[0], 2))
    assert [seen.index.lookup(one)[0] for one in (A, *extra)] == [
        REVOKED,
        REVOKED,
        CertificateStatus.UNKNOWN,
    ]
    assert set(seen.noted) == {A, extra[0]}


def test_a_snapshot_is_asked_for_whatever_noting_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nothing would be heard of that authority any more."""

    def broken(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(unconfirmed.Unconfirmed, "take", broken)
    wrong = with_digest(told(4, (4, A, 2)), START)
    ca = Ca([[with_digest(page(3, (A, 1, 0, 0)), START)], [page(9, (A, 2, 5, 7))]], [[wrong]])
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 9)
        assert status_of(one, A) == (REVOKED, 5, 7)
