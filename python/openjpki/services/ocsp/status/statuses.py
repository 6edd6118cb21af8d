"""The status of every certificate, as far as the feeds have told, and as of when that is true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from openjpki.domain.authority import not_an_authority
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.micros import micros, micros_of
from openjpki.signer_core import OcspAuthority

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.domain.staleness import Staleness
    from openjpki.signer_core import StatusIndex


@dataclass(frozen=True, slots=True)
class Position:
    """What one authority's feed had told at one time; replaced as a whole, never changed.

    The index may already hold later events than ``sequence``, never fewer.
    """

    index: StatusIndex
    sequence: int
    heard: float
    """``time.monotonic()`` when the feed last said that this is all there is."""
    as_of: datetime
    """Until when everything that had happened at the authority is in it: what answers say they are
    true as of."""
    digest: bytes = b""
    """Of all that the feed has told up to ``sequence``; empty until ca has said one."""

    def latest(self, now: datetime) -> datetime:
        """The present moment: as the clock says, or as the time says that has passed here since
        the feed was heard, should the clock have been set back meanwhile."""
        return max(now, self.as_of + timedelta(seconds=monotonic() - self.heard))

    def age(self, now: datetime) -> float:
        """Seconds since the moment that it is true as of."""
        return (self.latest(now) - self.as_of).total_seconds()


class AuthorityStatus:
    """One authority's status. The feed's follower writes, any number of threads read."""

    def __init__(self, authority_id: AuthorityId, clock: Clock, staleness: Staleness) -> None:
        self.authority_id = authority_id
        self.told = OcspAuthority()
        """The same for answers, which the signing core makes, and who watches in it."""
        self.staleness = staleness
        self._clock = clock
        self._began = monotonic()
        self._known: Position | None = None
        self._filed: float | None = None
        """When what a file says had been heard, while nothing else was."""

    @property
    def position(self) -> Position | None:
        """What may be told; ``None`` until the first snapshot is loaded, or the feed has told all
        that came since a file."""
        return self._known if self._filed is None else None

    @position.setter
    def position(self, position: Position) -> None:
        self._known = position
        is_first = self._filed is not None
        if is_first and position.heard == self._filed:
            # Events of before, and not all of them.
            return
        self._tell(position)
        self._filed = None
        if is_first:
            self.told.all_may_have_changed()

    @property
    def known(self) -> Position | None:
        """The same, or what a file says: for who goes on from it."""
        return self._known

    def begin_with(self, position: Position) -> None:
        """Know what a file says. Nothing of it is told before the feed was heard: it may be hours
        old, and what was revoked since would be called good beside replicas that know it."""
        self._filed = position.heard
        self._known = position

    def _tell(self, position: Position) -> None:
        self.told.tell(
            position.index,
            as_of=micros(position.as_of),
            seconds_ago=max(monotonic() - position.heard, 0.0),
            sequence=position.sequence,
        )

    @property
    def staleness(self) -> Staleness:
        """For how long answers may be given without word from the feed. Replaced when the
        authority's policy changes."""
        return self._staleness

    @staleness.setter
    def staleness(self, bounds: Staleness) -> None:
        self._staleness = bounds
        self.told.bound(
            freshness=micros_of(bounds.freshness), max_staleness=micros_of(bounds.max_staleness)
        )

    def seconds_behind(self) -> float:
        """Age of what is known: since the moment that answers are true as of; since the start
        where there is no answer yet."""
        position = self.position
        if position is None:
            return monotonic() - self._began
        return position.age(self._clock.now())

    def seconds_at_most(self) -> float:
        """Age at which nothing but revocations is told any more."""
        return self.staleness.max_staleness.total_seconds()

    @property
    def has_ended(self) -> bool:
        """Whether it is so old that nothing but revocations is told of it."""
        position = self.position
        if position is None:
            return False
        return position.latest(self._clock.now()) >= self.staleness.end(position.as_of)


class Statuses:
    """The authorities that are followed."""

    def __init__(self) -> None:
        self._known: dict[AuthorityId, AuthorityStatus] = {}
        self.complete = False
        """Whether ca has said once which authorities there are."""

    def all(self) -> list[AuthorityStatus]:
        """Every authority's."""
        return list(self._known.values())

    def replace(self, known: dict[AuthorityId, AuthorityStatus]) -> None:
        """Take in which authorities there are."""
        self._known = known
        self.complete = True

    def require(self, authority_id: AuthorityId) -> AuthorityStatus:
        """Raises ``AUTHORITY_NOT_FOUND``; ``FEED_NOT_READY`` before anything is known."""
        found = self._known.get(authority_id)
        if found is not None:
            return found
        if not self.complete:
            raise _not_ready()
        raise not_an_authority()


def _not_ready() -> OpenJpkiError:
    """Nothing that may be told now."""
    return OpenJpkiError(
        Reason.FEED_NOT_READY, "this replica has no status new enough to say", field="authority_id"
    )
