"""The status of every certificate, as far as the feeds have told, and as of when that is true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from openjpki.domain.authority import not_an_authority
from openjpki.domain.certificate_status import CertificateStatus, StatusAnswer
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.micros import micros, micros_of
from openjpki.services.ocsp.status.watchers import Watchers
from openjpki.signer_core import OcspAuthority

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.domain.staleness import Staleness
    from openjpki.signer_core import StatusIndex

NOT_TOLD = 0
"""In a column of statuses: can't be said now."""


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


class Knowledge(NamedTuple):
    """What may be told of one authority's certificates at one moment. A tuple: one is made for
    every question, and a frozen dataclass takes three times as long."""

    position: Position
    staleness: Staleness
    clock: datetime
    """The moment as the clock says, which answers are written by."""
    now: datetime
    """The moment (:meth:`Position.latest`), to which what is known has grown old."""

    @property
    def is_current(self) -> bool:
        """Whether it is what there is, not only what there was."""
        return self.staleness.is_current(self.true_as_of, self.clock)

    @property
    def true_as_of(self) -> datetime:
        """What answers made now say they are true as of: so long ago as it is, by the clock as it
        is now. That is ``as_of``, unless the clock has been set back since."""
        return self.clock - (self.now - self.position.as_of)

    def lookup(self, serial: bytes, generation: int | None = None) -> StatusAnswer:
        """Status of one certificate. With a generation of the authority's key, of none that another
        one signed. Raises when it may no longer be told: ``FEED_NOT_READY`` of one that was good,
        ``CERTIFICATE_NOT_HEARD_OF`` of one that may have been issued since.

        Held against the moments that an answer says: so its nextUpdate is later than now."""
        number, reason, revoked_at = self.position.index.lookup(serial, generation)
        status = CertificateStatus(number)
        if not self.staleness.may_tell(status, self.true_as_of, self.clock):
            raise not_ready() if status is CertificateStatus.GOOD else _not_heard_of()
        return StatusAnswer(status, reason, revoked_at)

    def lookup_batch(self, serials: Sequence[bytes]) -> tuple[bytes, bytes, list[int]]:
        """The same of each in columns: statuses and reasons one octet each, revocation times.
        The status of one that may no longer be told is :data:`NOT_TOLD`."""
        statuses, reasons, revoked_at = self.position.index.lookup_batch(list(serials))
        if not self.is_current:
            statuses = statuses.translate(self._told())
        return statuses, reasons, revoked_at

    def _told(self) -> bytes:
        """What each octet of a column of statuses becomes."""
        as_of = self.true_as_of
        told = {one for one in CertificateStatus if self.staleness.may_tell(one, as_of, self.clock)}
        return bytes(number if number in told else NOT_TOLD for number in range(256))


class AuthorityStatus:
    """One authority's status. The feed's follower writes, any number of threads read."""

    def __init__(self, authority_id: AuthorityId, clock: Clock, staleness: Staleness) -> None:
        self.authority_id = authority_id
        self.told = OcspAuthority()
        """The same for answers over HTTP, which the signing core makes."""
        self.staleness = staleness
        self._clock = clock
        self._began = monotonic()
        self._position: Position | None = None
        self.watchers = Watchers()

    @property
    def position(self) -> Position | None:
        """``None`` until the first snapshot is loaded."""
        return self._position

    @position.setter
    def position(self, position: Position) -> None:
        self._position = position
        self.told.tell(
            position.index,
            as_of=micros(position.as_of),
            seconds_ago=max(monotonic() - position.heard, 0.0),
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
        return (position.latest(self._clock.now()) - position.as_of).total_seconds()

    def seconds_at_most(self) -> float:
        """Age at which nothing but revocations is told any more."""
        return self.staleness.max_staleness.total_seconds()

    def known(self) -> Knowledge:
        """What may be told now. Raises ``FEED_NOT_READY`` before the first snapshot."""
        position = self.position
        if position is None:
            raise not_ready()
        now = self._clock.now()
        return Knowledge(position, self.staleness, now, position.latest(now))

    def current(self) -> Knowledge:
        """The same, and it is current. Raises ``FEED_NOT_READY``."""
        known = self.known()
        if not known.is_current:
            raise not_ready()
        return known

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
            raise not_ready()
        raise not_an_authority()


def not_ready() -> OpenJpkiError:
    """Nothing that may be told now."""
    return OpenJpkiError(
        Reason.FEED_NOT_READY, "this replica has no status new enough to say", field="authority_id"
    )


def _not_heard_of() -> OpenJpkiError:
    return OpenJpkiError(
        Reason.CERTIFICATE_NOT_HEARD_OF, "is not known, and may have been issued since"
    )
