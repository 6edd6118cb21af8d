"""StatusFeedService: what happened to certificates, for every status replica (for R4.1.1)."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.storage.ca import feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import grpc

    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.feed import Event, Position

ROWS_A_MESSAGE = 10_000
"""Of a snapshot: about 300 kB."""
EVENTS_A_MESSAGE = 5_000
HEARTBEAT = 0.5
"""Seconds without an event after which a follower hears from us; the contract says at most one."""
POLL = 0.25
"""Seconds after which the database is asked whether another replica has written."""

_STATUS = {
    feed.Status.GOOD: revocation_pb2.CERTIFICATE_STATUS_GOOD,
    feed.Status.REVOKED: revocation_pb2.CERTIFICATE_STATUS_REVOKED,
}


class StatusFeedServicer(ca_pb2_grpc.StatusFeedServiceServicer):
    """Streams snapshots and events."""

    def __init__(self, ca: CaContext, stopping: Callable[[], bool] = lambda: False) -> None:
        self._ca = ca
        self._stopping = stopping

    def ReadSnapshot(  # noqa: N802
        self, request: ca_pb2.ReadSnapshotRequest, context: grpc.ServicerContext
    ) -> Iterator[ca_pb2.ReadSnapshotResponse]:
        """See the contract. An authority without certificates gives one message without rows."""
        authority_id = AuthorityId.parse(request.authority_id)
        with self._ca.database.reading() as tx:
            require_authority(tx, authority_id)
            sequence = _position(feed.position(tx, authority_id)).head
            sent = False
            for columns in feed.snapshot(tx, authority_id, ROWS_A_MESSAGE):
                if not context.is_active():
                    return
                yield ca_pb2.ReadSnapshotResponse(
                    sequence=sequence,
                    serials=columns.serials,
                    statuses=bytes(columns.statuses),
                    reasons=bytes(columns.reasons),
                    revoked_at=columns.revoked_at,
                )
                sent = True
        if not sent:
            yield ca_pb2.ReadSnapshotResponse(sequence=sequence)

    def Follow(  # noqa: N802
        self, request: ca_pb2.FollowRequest, context: grpc.ServicerContext
    ) -> Iterator[ca_pb2.FollowResponse]:
        """See the contract."""
        signal, authority_id = self._ca.feed_signal, AuthorityId.parse(request.authority_id)
        after, due = request.after_sequence, monotonic()
        while context.is_active() and not self._stopping():
            # Counted before reading: what commits after this line wakes the wait below.
            seen = signal.changes(authority_id)
            head, events = self._read(authority_id, after)
            if events:
                after = events[-1].sequence
            if events or monotonic() >= due:
                yield ca_pb2.FollowResponse(
                    events=[_message(event) for event in events], head_sequence=head
                )
                due = monotonic() + HEARTBEAT
            if after >= head:
                signal.wait(authority_id, seen, min(POLL, max(due - monotonic(), 0)))

    def _read(self, authority_id: AuthorityId, after: int) -> tuple[int, list[Event]]:
        with self._ca.database.reading() as tx:
            position = _position(feed.position(tx, authority_id))
            if not position.dropped_to <= after <= position.head:
                # Ahead of us: this database was restored to an earlier state.
                raise OpenJpkiError(
                    Reason.FEED_POSITION_GONE,
                    "is not a position that can be followed from; take a snapshot",
                    field="after_sequence",
                )
            if after == position.head:
                return position.head, []
            return position.head, feed.events_after(tx, authority_id, after, EVENTS_A_MESSAGE)


def _position(found: Position | None) -> Position:
    if found is None:
        raise OpenJpkiError(
            Reason.AUTHORITY_NOT_FOUND, "is not an authority here", field="authority_id"
        )
    return found


def _message(event: Event) -> ca_pb2.StatusEvent:
    message = ca_pb2.StatusEvent(
        sequence=event.sequence,
        serial=event.serial,
        status=_STATUS[event.status],
        reason=event.reason_code,
    )
    message.at.seconds = int(event.at.timestamp())
    return message
