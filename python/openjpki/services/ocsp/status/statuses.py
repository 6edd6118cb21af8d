"""The status of every certificate, as far as the feeds have told, and how fresh that is."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from openjpki.domain.certificate_status import CertificateStatus, StatusAnswer
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.status.watchers import Watchers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
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
    heard_at: datetime
    """The same by the clock: what answers say they were true at."""

    def lookup(self, serial: bytes, generation: int | None = None) -> StatusAnswer:
        """Status of one certificate. With a generation of the authority's key, of none that another
        one signed."""
        status, reason, revoked_at = self.index.lookup(serial, generation)
        return StatusAnswer(CertificateStatus(status), reason, revoked_at)

    def lookup_batch(self, serials: Sequence[bytes]) -> tuple[bytes, bytes, list[int]]:
        """The same of each in columns: statuses and reasons one octet each, revocation times."""
        return self.index.lookup_batch(list(serials))


class AuthorityStatus:
    """One authority's status. The feed's follower writes, any number of threads read."""

    def __init__(self, authority_id: AuthorityId, freshness: float) -> None:
        """``freshness``: seconds for which answers may be given without word from the feed."""
        self.authority_id = authority_id
        self._freshness = freshness
        self._began = monotonic()
        self.position: Position | None = None
        """``None`` until the first snapshot is loaded."""
        self.watchers = Watchers()

    def seconds_behind(self) -> float:
        """Since the feed last said that it was current; since the start before that."""
        position = self.position
        return monotonic() - (self._began if position is None else position.heard)

    def current(self) -> Position:
        """What may be answered from now. Raises ``FEED_NOT_READY``: never a stale good."""
        position = self.position
        if position is None or monotonic() - position.heard > self._freshness:
            raise _not_ready()
        return position


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
        raise OpenJpkiError(
            Reason.AUTHORITY_NOT_FOUND, "is not an authority here", field="authority_id"
        )


def _not_ready() -> OpenJpkiError:
    return OpenJpkiError(
        Reason.FEED_NOT_READY, "this replica has no current status", field="authority_id"
    )
