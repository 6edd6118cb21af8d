"""What a replica was told is held against what ca has, by the digest of it."""

from __future__ import annotations

from time import monotonic

import pytest

from openjpki.domain.certificate_status import CertificateStatus
from openjpki.services.ocsp.status import feed_follower
from tests.support.ocsp_service import until
from tests.support.told_feeds import (
    START,
    A,
    B,
    C,
    Ca,
    after,
    differences,
    following,
    page,
    sequence_of,
    status_of,
    told,
    with_digest,
)


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
