"""What ca says in its status feed, as values; the only place that reads the feed's messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import reason_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.errors import OpenJpkiError
from openjpki.services.ocsp.status.rows import Rows, refused
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

_log = get_logger("feed")


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """Some of a snapshot's rows."""

    sequence: int
    """The position the snapshot is of."""
    rows: Rows
    digest: bytes = b""
    """Of all that the feed had told up to it; empty where ca keeps none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedNews:
    """What is new of one authority."""

    authority_id: AuthorityId
    head: int
    """Newest position that ca has."""
    as_of: datetime
    """By ca's clock, before it read what its newest position is."""
    sequences: Sequence[int]
    """Positions of the rows."""
    rows: Rows
    head_digest: bytes = b""
    """Of all that the feed has told up to ``head``; empty where ca keeps none."""
    is_refused: bool = False
    """The feed can't be followed from the position that was named, or says what can't be."""


def snapshot_request(authority_id: AuthorityId) -> ca_pb2.ReadSnapshotRequest:
    """For a snapshot of an authority."""
    return ca_pb2.ReadSnapshotRequest(authority_id=str(authority_id))


def snapshot_page(message: ca_pb2.ReadSnapshotResponse) -> SnapshotPage:
    """Raises ``INTERNAL``."""
    return SnapshotPage(
        message.sequence,
        Rows(
            serials=message.serials,
            generations=message.generations,
            not_after=message.not_after,
            statuses=message.statuses,
            reasons=message.reasons,
            revoked_at=message.revoked_at,
        ),
        message.digest,
    )


def follow_request(positions: Mapping[AuthorityId, int]) -> ca_pb2.FollowRequest:
    """For what came after each position."""
    return ca_pb2.FollowRequest(
        positions=[
            ca_pb2.FeedPosition(authority_id=str(one), after_sequence=sequence)
            for one, sequence in positions.items()
        ]
    )


def news_of(message: ca_pb2.FollowResponse) -> Iterator[FeedNews]:
    """What is said of each authority. One of whom something is said that can't be is as one that
    can't be followed, so that the others are; what is said of none that is known here is left out.
    Raises ``INTERNAL`` for a moment that can't be."""
    try:
        as_of = message.as_of.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise refused("it names a moment that can't be") from error
    for feed in message.feeds:
        try:
            authority_id = AuthorityId.parse(feed.authority_id)
        except OpenJpkiError as error:
            _log.error("a feed is of no authority that is known here", reason=error.reason.name)
            continue
        try:
            rows, is_refused = _rows(feed.events), feed.refusal != reason_pb2.REASON_UNSPECIFIED
        except ValueError:
            rows, is_refused = _rows(()), True
        yield FeedNews(
            authority_id=authority_id,
            head=feed.head_sequence,
            as_of=as_of,
            sequences=[event.sequence for event in feed.events[: len(rows.serials)]],
            rows=rows,
            head_digest=feed.head_digest,
            is_refused=is_refused,
        )


def _rows(events: Sequence[ca_pb2.StatusEvent]) -> Rows:
    """Raises ``ValueError`` for a number that fills no octet."""
    return Rows(
        serials=[event.serial for event in events],
        generations=[event.generation for event in events],
        not_after=[event.not_after.seconds for event in events],
        statuses=bytes(event.status for event in events),
        reasons=bytes(event.reason for event in events),
        revoked_at=[_revoked_at(event) for event in events],
    )


def _revoked_at(event: ca_pb2.StatusEvent) -> int:
    return event.at.seconds if int(event.status) == CertificateStatus.REVOKED else 0
