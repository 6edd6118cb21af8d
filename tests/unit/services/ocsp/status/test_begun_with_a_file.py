"""A replica that begins with a file: it goes on, or takes a snapshot that loses nothing."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

import pytest

from openjpki.config.clock import SystemClock
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.services.ocsp.named_authorities import Authorities
from openjpki.services.ocsp.readiness import Readiness
from openjpki.services.ocsp.responders.responder import Responders
from openjpki.services.ocsp.status.feed_follower import FeedFollower
from openjpki.services.ocsp.status.index_files import IndexFiles
from openjpki.services.ocsp.status.statuses import AuthorityStatus, Position, Statuses
from openjpki.signer_core import StatusIndex
from tests.support.ocsp_service import until
from tests.support.status_bounds import bounds
from tests.support.status_index import LATE, issue, revoke
from tests.support.told_feeds import (
    MOST,
    START,
    TOKYO,
    A,
    B,
    C,
    Ca,
    after,
    differences,
    gone,
    page,
    revocations_kept,
    sequence_of,
    status_of,
    told,
    with_digest,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.api.ca.v1 import ca_pb2
    from openjpki.domain.authority import AuthorityId

GOOD, REVOKED = CertificateStatus.GOOD, CertificateStatus.REVOKED
NEXT = (8, C, 1)


@pytest.fixture
def files(tmp_path: Path) -> IndexFiles:
    """A is good, B is revoked, at position 7."""
    written, index = IndexFiles(tmp_path, SystemClock(), MOST), StatusIndex()
    issue(index, A, not_after=LATE)
    revoke(index, B, 4, 77, not_after=LATE)
    position = Position(index, 7, time.monotonic(), SystemClock().now(), START)
    written.save([TOKYO], lambda _: position)
    return IndexFiles(tmp_path, SystemClock(), MOST)


@contextmanager
def beginning(ca: Ca, files: IndexFiles) -> Iterator[tuple[AuthorityStatus, FeedFollower]]:
    clock = SystemClock()
    status = AuthorityStatus(TOKYO, clock, bounds())
    follower = FeedFollower(ca, clock, MOST, files=files)  # type: ignore[arg-type]
    follower.start()
    follower.follow({TOKYO: status})
    try:
        yield status, follower
    finally:
        follower.stop()


def test_it_goes_on_from_where_the_file_ends(files: IndexFiles) -> None:
    ca = Ca([[page(99)]], [[with_digest(told(8, NEXT), after(NEXT))]])
    before = differences()
    with beginning(ca, files) as (status, _):
        until(lambda: sequence_of(status) == 8)
        assert [status_of(status, one)[0] for one in (A, B, C)] == [GOOD, REVOKED, GOOD]
        assert (ca.snapshots_read, ca.asked_after) == ([], [{"signing-13": 7}])
    assert differences() == before


@pytest.mark.parametrize(
    "said",
    [gone(TOKYO), told(6), told(9, (9, C, 1))],
    ids=["too old", "ca went back", "a gap"],
)
def test_where_it_cant_a_snapshot_takes_no_revocation_back(
    files: IndexFiles, said: ca_pb2.FollowResponse
) -> None:
    ca = Ca([[page(9, (A, 1, 0, 0), (B, 1, 0, 0))]], [[said], [told(9)]])
    before = revocations_kept()
    with beginning(ca, files) as (status, _):
        until(lambda: sequence_of(status) == 9)
        assert [status_of(status, one) for one in (A, B)] == [(GOOD, 0, 0), (REVOKED, 4, 77)]
        assert ca.snapshots_read == ["signing-13"]
    assert revocations_kept() == before + 1


def ready(status: AuthorityStatus) -> bool:
    """Whether a replica of which this is all says that it is."""
    statuses, said = Statuses(), list[bool]()
    statuses.replace({TOKYO: status})
    Readiness(
        authorities=Authorities(),
        responders=Responders(told=lambda *_: None),
        statuses=statuses,
        on_ready=lambda: said.append(True),
        on_status=lambda _: None,
    )()
    return bool(said)


def test_nothing_is_told_of_a_file_before_the_feed_has_told_the_rest(files: IndexFiles) -> None:
    """It may be hours old, and other replicas know who was revoked since."""
    first, second = Event(), Event()

    def stream() -> Iterator[ca_pb2.FollowResponse]:
        assert first.wait(90)
        yield told(9, NEXT)
        assert second.wait(90)
        yield told(9, (9, A, 2))

    ca = Ca([[page(99)]], [stream()])  # type: ignore[list-item]
    with beginning(ca, files) as (status, follower):
        try:
            until(lambda: ca.asked_after)
            assert (status.position, ready(status)) == (None, False)
            first.set()
            until(lambda: status.known is not None and status.known.sequence == 8)
            assert (status.position, ready(status)) == (None, False)
            assert follower.undoubted(TOKYO) is None
        finally:
            first.set()
            second.set()
        until(lambda: sequence_of(status) == 9)
        assert ready(status)
        assert status_of(status, A)[0] == REVOKED
        assert ca.snapshots_read == []


@pytest.mark.parametrize(
    "said",
    [gone(TOKYO), told(6), told(9, (9, C, 1)), with_digest(told(7), b"\x09" * 32)],
    ids=["too old", "ca went back", "a gap", "another past"],
)
def test_where_it_cant_go_on_nothing_is_told_before_the_snapshot(
    files: IndexFiles, said: ca_pb2.FollowResponse
) -> None:
    held = Event()
    ca = Ca([[page(9, (A, 2, 1, 5), (B, 1, 0, 0))]], [[said], [told(9)]], held=held)
    with beginning(ca, files) as (status, _):
        until(lambda: ca.snapshots_read)
        assert (status.position, ready(status)) == (None, False)
        held.set()
        until(lambda: sequence_of(status) == 9)
        assert ready(status)
        assert [status_of(status, one)[0] for one in (A, B)] == [REVOKED, REVOKED]


def test_a_file_of_another_past_is_noticed_by_the_first_digest(files: IndexFiles) -> None:
    ca = Ca(
        [[with_digest(page(7, (A, 2, 1, 5)), b"\x09" * 32)]],
        [[with_digest(told(7), b"\x09" * 32)], [with_digest(told(7), b"\x09" * 32)]],
    )
    before = differences()
    with beginning(ca, files) as (status, _):
        until(lambda: ca.snapshots_read and status_of(status, A)[0] == REVOKED)
        assert ca.snapshots_read == ["signing-13"]
    assert differences() == before + 1


def test_without_a_file_it_begins_with_a_snapshot(tmp_path: Path) -> None:
    files = IndexFiles(tmp_path / "none", SystemClock(), MOST)
    ca = Ca([[page(3, (A, 1, 0, 0))]], [[told(3)]])
    with beginning(ca, files) as (_, follower):
        until(lambda: follower.undoubted(TOKYO))
        files.save(follower.followed(), follower.undoubted)
    found = IndexFiles(tmp_path / "none", SystemClock(), MOST).load(TOKYO)
    assert found is not None
    assert found.sequence == 3


def test_what_is_in_doubt_is_not_written(files: IndexFiles) -> None:
    """What is told while a snapshot is waited for may not be so."""
    ca = Ca(
        [[with_digest(page(7, (A, 1, 0, 0)), b"\x09" * 32)]],
        [[with_digest(told(7), b"\x09" * 32)]],
    )
    ca._held.clear()
    with beginning(ca, files) as (status, follower):
        until(lambda: ca.snapshots_read)
        assert status.known is not None
        assert follower.undoubted(TOKYO) is None


def test_whatever_is_wrong_with_a_file_a_snapshot_is_read(
    files: IndexFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_files: IndexFiles, _authority_id: AuthorityId) -> Position:
        raise RuntimeError("nobody thought of that")

    monkeypatch.setattr(IndexFiles, "load", broken)
    ca = Ca([[page(3, (A, 1, 0, 0))]], [[told(3)]])
    with beginning(ca, files) as (status, _):
        until(lambda: sequence_of(status) == 3)
