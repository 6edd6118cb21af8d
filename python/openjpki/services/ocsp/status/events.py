"""Taking in events: each once, in order, or not at all."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.services.ocsp.status.rows import apply_rows, digest_after
from openjpki.telemetry.metrics import FEED_SEQUENCE

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.ocsp.status.conversions import FeedNews
    from openjpki.services.ocsp.status.rows import Rows
    from openjpki.services.ocsp.status.statuses import AuthorityStatus, Position


class SnapshotNeededError(Exception):
    """The feed can't be followed from here."""


class FeedDiffersError(SnapshotNeededError):
    """What was told of an authority is not what ca has."""


def take_events(status: AuthorityStatus, news: FeedNews, now: datetime, most: int) -> None:
    """Bring an authority's status forward, and tell who watches.

    An event at or below the position is left aside, so nothing is taken twice. Raises
    :class:`SnapshotNeededError`, having taken nothing, when a number is missing, when ca has gone
    back, when it says so itself, for a value that can't be, or when there are more than ``most``
    already; :class:`FeedDiffersError` when what was told up to here is not what ca has.
    """
    position = status.known
    if position is None or news.is_refused:
        raise SnapshotNeededError("the position can't be followed from")
    known = sum(1 for one in news.sequences if one <= position.sequence)
    fresh = news.sequences[known:]
    if list(fresh) != list(range(position.sequence + 1, position.sequence + 1 + len(fresh))):
        raise SnapshotNeededError("the feed has a gap")
    sequence = position.sequence + len(fresh)
    if sequence > news.head:
        raise SnapshotNeededError("the feed went back")
    rows = news.rows.without_first(known)
    if fresh and len(position.index) > most:
        raise SnapshotNeededError(f"there are more than {most} certificates")
    digest = _digest(position, news, rows, is_newest=sequence == news.head)
    if fresh:
        # The index first, then the position: an answer states the position, and must not claim an
        # event that is not in the index yet.
        try:
            apply_rows(position.index, rows)
        except OpenJpkiError as error:
            raise SnapshotNeededError(error.message) from error
    position = replace(position, sequence=sequence, digest=digest)
    if sequence == news.head:
        # A message may have waited in a buffer, while this process stood still or the network did:
        # what counts is when ca read, not when this came. Should ca's clock be ahead of ours, no
        # answer claims to be of the future; should it go back, what was known is known still, but
        # not what a clock of ours that was ahead has dated later than now.
        as_of = min(news.as_of, now)
        if position.as_of <= now:
            as_of = max(position.as_of, as_of)
        position = replace(position, heard=monotonic(), as_of=as_of)
    status.position = position
    if fresh:
        FEED_SEQUENCE.labels(str(status.authority_id)).set(sequence)
        status.told.changed(list(rows.serials))


def _digest(position: Position, news: FeedNews, rows: Rows, *, is_newest: bool) -> bytes:
    """Of all that was told with ``rows``; held against ca's where it says one of that position."""
    digest = position.digest
    if digest:
        try:
            digest = digest_after(digest, rows)
        except OpenJpkiError as error:
            raise SnapshotNeededError(error.message) from error
    # Where ca has none for a while, it makes up for it from the events.
    if not is_newest or not news.head_digest:
        return digest
    if digest and digest != news.head_digest:
        raise FeedDiffersError("what was told is not what ca has")
    return news.head_digest
