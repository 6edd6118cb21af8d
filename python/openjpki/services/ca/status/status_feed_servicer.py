"""StatusFeedService: what happened to certificates, for every status replica (for R4.1.1)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.types.v1 import reason_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.services.ca.status.follow import follow
from openjpki.services.ca.status.read_snapshot import read_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import grpc

    from openjpki.domain.status_event import Event
    from openjpki.services.ca.context import CaContext
    from openjpki.services.ca.status.feed_heads import FeedHeads
    from openjpki.services.ca.status.follow import Progress


class StatusFeedServicer(ca_pb2_grpc.StatusFeedServiceServicer):
    """Streams snapshots and events."""

    def __init__(
        self, ca: CaContext, heads: FeedHeads, stopping: Callable[[], bool] = lambda: False
    ) -> None:
        self._ca = ca
        self._heads = heads
        self._stopping = stopping

    def ReadSnapshot(  # noqa: N802
        self, request: ca_pb2.ReadSnapshotRequest, context: grpc.ServicerContext
    ) -> Iterator[ca_pb2.ReadSnapshotResponse]:
        """The state of every certificate of an authority, in pages; without any, one empty page."""
        for page in read_snapshot(self._ca, AuthorityId.parse(request.authority_id)):
            if not context.is_active():
                return
            yield ca_pb2.ReadSnapshotResponse(
                sequence=page.sequence,
                serials=page.rows.serials,
                generations=page.rows.generations,
                not_after=page.rows.not_after,
                statuses=page.rows.statuses,
                reasons=page.rows.reasons,
                revoked_at=page.rows.revoked_at,
                digest=page.digest,
            )

    def Follow(  # noqa: N802
        self, request: ca_pb2.FollowRequest, context: grpc.ServicerContext
    ) -> Iterator[ca_pb2.FollowResponse]:
        """What happened after the positions given, and on as it happens."""
        positions = {
            AuthorityId.parse(one.authority_id): one.after_sequence for one in request.positions
        }

        def goes_on() -> bool:
            return context.is_active() and not self._stopping()

        for news in follow(self._ca, self._heads, positions, goes_on):
            message = ca_pb2.FollowResponse(feeds=[_progress(one) for one in news.progress])
            message.as_of.FromDatetime(news.as_of)
            yield message


def _progress(news: Progress) -> ca_pb2.FeedProgress:
    if not news.events and not news.position_gone:
        return _nothing_new(news.authority_id, news.head, news.digest)
    message = ca_pb2.FeedProgress(
        authority_id=str(news.authority_id),
        events=[_event(event) for event in news.events],
        head_sequence=news.head,
        head_digest=news.digest,
    )
    if news.position_gone:
        message.refusal = reason_pb2.REASON_FEED_POSITION_GONE
    return message


@lru_cache(maxsize=256)
def _nothing_new(authority_id: AuthorityId, head: int, digest: bytes) -> ca_pb2.FeedProgress:
    """The same in every stream's heartbeats until something happens; whoever sends it copies it."""
    return ca_pb2.FeedProgress(
        authority_id=str(authority_id), head_sequence=head, head_digest=digest
    )


def _event(event: Event) -> ca_pb2.StatusEvent:
    message = ca_pb2.StatusEvent(
        sequence=event.sequence,
        serial=event.serial,
        status=event.status.value,  # type: ignore[arg-type]
        reason=event.reason_code,
        generation=event.generation,
    )
    message.at.seconds = int(event.at.timestamp())
    message.not_after.seconds = int(event.not_after.timestamp())
    return message
