"""Following the status feeds of all authorities: of each a snapshot, then every event (R4.1.1).

A replica that has a file of an authority's status begins with that instead of a snapshot.

One stream carries the events of all. A position of each authority is the only state: after a break
the feed is asked for what came after it, so nothing is lost. An authority that can't be followed
from its position gets a new snapshot, while the stream goes on for the others; when a snapshot is
loaded, the stream is opened anew with that authority's position among the others.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.background import (
    BackgroundTasks,
    NotDoneError,
    Task,
    attempt,
    doubling,
)
from openjpki.services.ocsp.status.ca_streams import CaStreams
from openjpki.services.ocsp.status.conversions import (
    follow_request,
    news_of,
    snapshot_page,
    snapshot_request,
)
from openjpki.services.ocsp.status.events import (
    FeedDiffersError,
    SnapshotNeededError,
    take_events,
)
from openjpki.services.ocsp.status.snapshot import TooManyCertificatesError, load_snapshot
from openjpki.services.ocsp.status.statuses import Position
from openjpki.services.ocsp.status.unconfirmed import Carried, Unconfirmed, told_again
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import (
    FEED_DIFFERS,
    FEED_LAG,
    FEED_SEQUENCE,
    REVOCATIONS_KEPT,
    REVOCATIONS_TAKEN_BACK,
    SNAPSHOTS_TOO_LARGE,
    STATUS_MAX_STALENESS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.ca_client import CaClient
    from openjpki.services.ocsp.status.ca_streams import HeardStream
    from openjpki.services.ocsp.status.conversions import FeedNews
    from openjpki.services.ocsp.status.index_files import IndexFiles
    from openjpki.services.ocsp.status.statuses import AuthorityStatus

RETRY_SECONDS = 0.25
"""Seconds from a break to the next attempt."""
TOO_LARGE_SECONDS = 60.0
"""Seconds from a snapshot that has more than is taken to the next attempt: each costs ca as much as
one that is taken."""
REFUSED_PAUSE = doubling(RETRY_SECONDS, 60.0)
"""Seconds from so many snapshots in a row that were read in vain, as something in them can't be, to
the next attempt: it will be there again, and each costs ca as much as one that is taken."""
DIFFERS_SECONDS = 60.0
"""Seconds, up to twice as many by chance, to the next snapshot of an authority whose feed differs
anew within :data:`DIFFERS_AGAIN_SECONDS`: the first one is read at once."""
DIFFERS_AGAIN_SECONDS = 3600.0
POLL_SECONDS = 0.5
"""Seconds between looks whether a stream has fallen silent."""
SNAPSHOTS_AT_ONCE = 4
"""Read from ca by this replica: each holds one of ca's connections to its database until it is
read, and those are what issuing needs too."""

_IN_VAIN = {Reason.INTERNAL, Reason.STORED_UNREADABLE}
"""By a replica, or by ca at its end. Whoever is away, or has no room, is asked again at once."""
_FOLLOW = "follow_feed"
_log = get_logger("feed")


@dataclass(slots=True)
class _Feed:
    """One authority that is followed."""

    status: AuthorityStatus
    is_file_read: bool = False
    """Whether it was looked for in a file."""
    has_snapshot: bool = False
    """Whether its events can be taken. Without, the last snapshot's answers stand as long as they
    may be told, and the thread that reads a new one is the only one to touch the status."""
    is_told: bool = False
    """Whether the stream that is open tells of it from there on. One that was opened before goes on
    from where it was."""
    unconfirmed: Unconfirmed | None = None
    """What is told while a snapshot is waited for, as what was told is not what ca has."""
    carried: Carried = field(default_factory=Carried)
    """Of the last snapshot's index."""
    not_before: float = 0.0
    """When a snapshot may be read, by ``monotonic()``."""
    refused: int = 0
    """Snapshots in a row that were read in vain."""
    differed_at: float | None = None
    """When it was seen last that what had been told is not what ca has, by ``monotonic()``."""


class FeedFollower:
    """Keeps the status of every authority named to :meth:`follow` current."""

    def __init__(
        self,
        ca: CaClient,
        clock: Clock,
        most_certificates: int,
        chance: Callable[[], float] = random.random,
        files: IndexFiles | None = None,
    ) -> None:
        """``most_certificates``: so many are taken of one authority. ``chance``: from 0 to 1.
        ``files``: what it begins with."""
        self._files = files
        self._chance = chance
        self._most = most_certificates
        self._streams = CaStreams(ca)
        self._clock = clock
        self._lock = Lock()
        self._feeds: dict[AuthorityId, _Feed] = {}
        self._stream: HeardStream[Any] | None = None
        self._snapshots = ThreadPoolExecutor(SNAPSHOTS_AT_ONCE, "ocsp-snapshot")
        self._events = BackgroundTasks(
            "ocsp-feed",
            [Task(name=_FOLLOW, work=self._follow, every=RETRY_SECONDS, endless=True)],
            on_stop=self._streams.close,
        )
        self._watch = BackgroundTasks(
            "ocsp-feed-watch",
            [Task(name="watch_feed", work=self._streams.give_up_silent, every=POLL_SECONDS)],
        )

    def start(self) -> None:
        """Begin."""
        self._events.start()
        self._watch.start()

    def stop(self) -> None:
        """End every stream and thread."""
        self._watch.stop()
        self._events.stop()
        self._snapshots.shutdown(cancel_futures=True)
        self.follow({})

    def follow(self, statuses: Mapping[AuthorityId, AuthorityStatus]) -> None:
        """Keep these current from now on, each from a snapshot, and no others."""
        with self._lock:
            before, self._feeds = (
                self._feeds,
                {one: self._feeds.get(one) or _Feed(status) for one, status in statuses.items()},
            )
            added = [
                feed for authority_id, feed in self._feeds.items() if authority_id not in before
            ]
            gone = before.keys() - self._feeds.keys()
        for feed in added:
            _log.info("following", authority=str(feed.status.authority_id))
            # The gauge calls a function: the lag grows also while nobody sets a value.
            authority = str(feed.status.authority_id)
            FEED_LAG.labels(authority).set_function(feed.status.seconds_behind)
            STATUS_MAX_STALENESS.labels(authority).set_function(feed.status.seconds_at_most)
            SNAPSHOTS_TOO_LARGE.labels(authority)
            FEED_DIFFERS.labels(authority)
            REVOCATIONS_KEPT.labels(authority)
            REVOCATIONS_TAKEN_BACK.labels(authority)
            self._request_snapshot(feed)
        for authority_id in gone:
            for gauge in (FEED_LAG, STATUS_MAX_STALENESS):
                with suppress(KeyError):
                    gauge.remove(str(authority_id))
        if gone:
            self._open_anew()

    def followed(self) -> list[AuthorityId]:
        """Whose status is kept current."""
        with self._lock:
            return list(self._feeds)

    def undoubted(self, authority_id: AuthorityId) -> Position | None:
        """What is known of an authority, if its feed tells what was told of it. As long as the
        index is the same, there was no doubt between: after one there is another index."""
        feed = self._feeds.get(authority_id)
        if feed is None or not feed.has_snapshot or feed.carried.noted:
            return None
        return feed.status.position

    # -- events -----------------------------------------------------------------------------------

    def _follow(self) -> None:
        with self._lock:
            positions = {}
            for authority_id, feed in self._feeds.items():
                has_snapshot = feed.has_snapshot
                position = feed.status.known
                if position is not None and (has_snapshot or feed.unconfirmed):
                    positions[authority_id] = position.sequence
                feed.is_told = has_snapshot
            if not positions:
                return
            request = follow_request(positions)
            stream = self._stream = self._streams.open(lambda ca: ca.feed.Follow(request))
        try:
            for message in stream:
                for news in news_of(message):
                    self._take(news)
        except OpenJpkiError as error:
            if error.reason is not Reason.CANCELLED:
                raise
        finally:
            self._streams.end(stream)

    def _take(self, news: FeedNews) -> None:
        feed = self._feeds.get(news.authority_id)
        if feed is None:
            return
        if not (feed.has_snapshot and feed.is_told):
            unconfirmed = feed.unconfirmed
            if unconfirmed is not None:
                unconfirmed.take(news, self._most)
            return
        try:
            take_events(feed.status, news, self._clock.now(), self._most)
            if feed.carried.noted:
                told_again(feed.carried, news)
        except SnapshotNeededError as error:
            _log.warning("snapshot needed", authority=str(news.authority_id), why=str(error))
            feed.has_snapshot = feed.is_told = False
            try:
                differs = isinstance(error, FeedDiffersError)
                position = feed.status.known
                if position is not None and (differs or feed.carried.noted):
                    noted = feed.carried.noted
                    feed.unconfirmed = Unconfirmed(feed.status, position.index, noted)
                if differs:
                    self._differs(feed, news)
            finally:
                self._request_snapshot(feed)

    def _differs(self, feed: _Feed, news: FeedNews) -> None:
        """No snapshot right after another, should it differ each time, and not of all replicas at
        once."""
        now, before, authority = monotonic(), feed.differed_at, str(feed.status.authority_id)
        FEED_DIFFERS.labels(authority).inc()
        _log.error("a feed differs from what was told of it", authority=authority)
        feed.differed_at = now
        if feed.unconfirmed is not None:
            feed.unconfirmed.take(news, self._most)
        if before is not None and now - before < DIFFERS_AGAIN_SECONDS:
            wait = DIFFERS_SECONDS * (1 + self._chance())
            feed.not_before = max(feed.not_before, now + wait)

    def _open_anew(self) -> None:
        """With the positions there are now."""
        self._events.wake(_FOLLOW)
        with self._lock:
            if self._stream is not None:
                self._stream.cancel()

    # -- snapshots --------------------------------------------------------------------------------

    def _request_snapshot(self, feed: _Feed) -> None:
        # The pool refuses work once it has been shut down.
        with suppress(RuntimeError):
            self._snapshots.submit(self._read_snapshot, feed)

    def _read_snapshot(self, feed: _Feed) -> None:
        authority_id = feed.status.authority_id
        if self._events.stopping or self._feeds.get(authority_id) is not feed:
            return
        if self._begin_with_file(feed) or (
            monotonic() >= feed.not_before and attempt("read_snapshot", lambda: self._load(feed))
        ):
            self._open_anew()
        elif not self._events.wait(RETRY_SECONDS):
            # Back to the end of the queue, so that one that fails does not hold up the others.
            self._request_snapshot(feed)

    def _begin_with_file(self, feed: _Feed) -> bool:
        """Once, before there is anything. Whether it is what ca has shows when the feed says the
        digest of what it had told: until then nothing is told, and where it is not, or the feed
        does not go back so far, a snapshot is read that takes no revocation back."""
        files = self._files
        if files is None or feed.is_file_read:
            return False
        feed.is_file_read = True
        attempt("read_index_file", lambda: self._take_file(feed, files))
        return feed.has_snapshot

    @staticmethod
    def _take_file(feed: _Feed, files: IndexFiles) -> None:
        status = feed.status
        position = files.load(status.authority_id)
        if position is None:
            return
        status.begin_with(position)
        FEED_SEQUENCE.labels(str(status.authority_id)).set(position.sequence)
        feed.has_snapshot = True

    def _load(self, feed: _Feed) -> None:
        status = feed.status
        request = snapshot_request(status.authority_id)
        asked, asked_at = monotonic(), self._clock.now()
        if feed.unconfirmed is not None:
            feed.unconfirmed.begin_reading()
        stream = self._streams.open(lambda ca: ca.feed.ReadSnapshot(request))
        try:
            before = None if status.known is None else status.known.index
            pages = (snapshot_page(message) for message in stream)
            unsure = () if feed.unconfirmed is None else feed.unconfirmed.noted
            loaded = load_snapshot(pages, self._most, before, unsure)
        except TooManyCertificatesError as error:
            stream.cancel()
            feed.not_before = monotonic() + TOO_LARGE_SECONDS
            authority = str(status.authority_id)
            SNAPSHOTS_TOO_LARGE.labels(authority).inc()
            _log.error(
                "a snapshot is refused",
                authority=authority,
                setting="ocsp.most_certificates",
                rule=str(error),
            )
            raise NotDoneError from error
        except OpenJpkiError as error:
            if error.reason in _IN_VAIN:
                self._pause(feed)
            raise
        finally:
            self._streams.end(stream)
        # A snapshot is true as of when it was asked for, not as of when it has been read.
        position = Position(loaded.index, loaded.sequence, asked, asked_at, loaded.digest)

        def take_over() -> None:
            status.position = position

        kept, authority = loaded.kept, str(status.authority_id)
        if feed.unconfirmed is None:
            take_over()
        else:
            try:
                given_way = feed.unconfirmed.give_way(loaded, take_over, self._clock.now())
            except NotDoneError:
                # While very many are revoked the next one may be as late.
                self._pause(feed)
                raise
            feed.carried = given_way.carried
            kept += given_way.kept
            if given_way.taken_back:
                REVOCATIONS_TAKEN_BACK.labels(authority).inc(given_way.taken_back)
                _log.error(
                    "ca has taken revocations back",
                    authority=authority,
                    count=given_way.taken_back,
                )
        if kept:
            REVOCATIONS_KEPT.labels(authority).inc(kept)
            _log.error("ca has forgotten revocations", authority=authority, kept=kept)
        feed.unconfirmed = None
        feed.refused = 0
        feed.has_snapshot = True
        FEED_SEQUENCE.labels(str(status.authority_id)).set(loaded.sequence)
        status.told.all_may_have_changed()
        _log.info("snapshot loaded", authority=str(status.authority_id), sequence=loaded.sequence)

    @staticmethod
    def _pause(feed: _Feed) -> None:
        feed.refused += 1
        feed.not_before = max(feed.not_before, monotonic() + REFUSED_PAUSE(feed.refused))
