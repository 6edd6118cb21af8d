"""What a replica makes of feeds: of each a snapshot, then every event by its number."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest

from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.services.ocsp.status import ca_streams, feed_follower
from openjpki.services.ocsp.status.feed_follower import FeedFollower
from openjpki.services.ocsp.status.statuses import AuthorityStatus
from tests.support.ocsp_service import until
from tests.support.status_bounds import bounds
from tests.support.told_feeds import (
    KANAGAWA,
    MOST,
    TOKYO,
    A,
    B,
    C,
    Ca,
    following,
    gone,
    page,
    sequence_of,
    status_of,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.api.ca.v1 import ca_pb2


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
