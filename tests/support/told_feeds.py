"""A ca that tells a replica what a test says: snapshots, and streams of events."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import reason_pb2
from openjpki.config.clock import SystemClock
from openjpki.domain import feed_digest
from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.status.feed_follower import FeedFollower
from openjpki.services.ocsp.status.statuses import AuthorityStatus
from openjpki.telemetry.metrics import REGISTRY
from tests.support.status_bounds import bounds
from tests.support.status_index import LATE

if TYPE_CHECKING:
    from collections.abc import Iterator


MOST = 3
"""Certificates of one authority that the replica takes."""
A, B, C = b"\x0a", b"\x0b\x0b", b"\x7c" * 20
TOKYO, KANAGAWA = map(AuthorityId.signing, ("13", "14"))
GONE = reason_pb2.REASON_FEED_POSITION_GONE
START = b"\x05" * 32
"""The digest of the snapshot that a test begins with."""


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
    assert status.position is not None
    return status.position.index.lookup(serial)


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
    """How often a feed was seen to differ."""
    labels = {"authority": str(TOKYO)}
    return REGISTRY.get_sample_value("openjpki_feed_differs_total", labels) or 0.0


def revocations_taken_back() -> float:
    labels = {"authority": str(TOKYO)}
    return REGISTRY.get_sample_value("openjpki_revocations_taken_back_total", labels) or 0.0


def revocations_kept() -> float:
    labels = {"authority": str(TOKYO)}
    return REGISTRY.get_sample_value("openjpki_revocations_kept_total", labels) or 0.0
