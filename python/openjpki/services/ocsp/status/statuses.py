"""The status of every certificate, as far as the feeds have told, and how fresh that is."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.status.watchers import Watchers

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.signer_core import StatusIndex

GOOD = 1
REVOKED = 2
UNKNOWN = 3
"""As in the contract's CertificateStatus."""

_CONTRACT = bytes.maketrans(
    bytes([signer_core.STATUS_GOOD, signer_core.STATUS_REVOKED, signer_core.STATUS_UNKNOWN]),
    bytes([GOOD, REVOKED, UNKNOWN]),
)
"""The index's numbers to the contract's, for a column at once."""


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


class AuthorityStatus:
    """One authority's status. One feed follower writes, any number of threads read."""

    def __init__(self, authority_id: AuthorityId, freshness: float) -> None:
        self.authority_id = authority_id
        self._number = authority_id.number
        self._freshness = freshness
        self._began = monotonic()
        self.position: Position | None = None
        """``None`` until the first snapshot is loaded."""
        self.watchers = Watchers()

    @property
    def lag(self) -> float:
        """Seconds since the feed last said that it was current; since the start before that."""
        position = self.position
        return monotonic() - (self._began if position is None else position.heard)

    def current(self) -> Position:
        """What may be answered from now. Raises ``FEED_NOT_READY``: never a stale good."""
        position = self.position
        if position is None or monotonic() - position.heard > self._freshness:
            raise OpenJpkiError(
                Reason.FEED_NOT_READY, "this replica has no current status", field="authority_id"
            )
        return position

    def lookup(self, position: Position, serial: bytes) -> tuple[int, int, int]:
        """Status as in the contract, CRLReason and time of one certificate."""
        status, reason, at = position.index.lookup(self._number, serial)
        return _CONTRACT[status], reason, at

    def lookup_batch(
        self, position: Position, serials: list[bytes]
    ) -> tuple[bytes, bytes, list[int]]:
        """The same in columns."""
        statuses, reasons, at = position.index.lookup_batch(self._number, serials)
        return statuses.translate(_CONTRACT), reasons, at


class Statuses:
    """The authorities that are followed."""

    def __init__(self) -> None:
        self._known: dict[AuthorityId, AuthorityStatus] = {}
        self.complete = False
        """Whether ca has said once which authorities there are."""

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
            raise OpenJpkiError(
                Reason.FEED_NOT_READY, "this replica has no current status", field="authority_id"
            )
        raise OpenJpkiError(
            Reason.AUTHORITY_NOT_FOUND, "is not an authority here", field="authority_id"
        )
