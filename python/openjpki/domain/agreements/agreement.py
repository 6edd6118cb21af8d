"""One version of a governor's agreement with a verifier: its state, and whether it gives access."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from openjpki.domain.agreements.held import Held
from openjpki.domain.agreements.terms import END_OF_TIME
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.agreements.notification import Notification
    from openjpki.domain.agreements.quota import Quota
    from openjpki.domain.agreements.terms import Clauses, Period, Way
    from openjpki.domain.authority import AuthorityId


TAKEN_OVER_BY = "ocsp"
"""In place of who proposed it, of what was registered before agreements were kept."""


class AgreementState(Enum):
    """Where a version stands; the value stands in the table."""

    PROPOSED = "proposed"
    """By one officer; it gives nothing yet."""
    IN_FORCE = "in_force"
    """Approved by another. Its times say from when to when it gives access."""
    SUSPENDED = "suspended"
    """By one officer, at once. What resumes it is another version."""
    ENDED = "ended"
    """For good."""
    REJECTED = "rejected"
    """Never in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A version, which but for its state and what took its place never changes."""

    verifier_id: str
    authority_id: AuthorityId
    version: int
    """From 1, for each verifier and authority."""
    state: AgreementState
    notification: Notification | None
    """None, as ``clauses``, where it was taken over from the time before agreements."""
    ways: frozenset[Way]
    period: Period
    clauses: Clauses | None
    quota: Quota | None = None
    """None: as much is told as is asked for."""
    proposed_by: str
    """SPIFFE id."""
    proposed_at: datetime
    proposed_with: str | None = None
    """``sha256:`` and the fingerprint of the certificate that it was proposed with, if known."""
    decided_by: str | None = None
    """SPIFFE id of whoever approved or rejected it."""
    decided_at: datetime | None = None
    stopped_by: str | None = None
    """SPIFFE id of whoever suspended it, or ended or rejected it without that, first."""
    stopped_at: datetime | None = None
    """Since when it gives nothing."""
    superseded_at: datetime | None = None
    """When the next version takes its place."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        said, clauses = self.notification, self.clauses
        if said is None or clauses is None:
            self._require_taken_over()
            return
        if self.period.not_after is None:
            raise _refused("must be stated", "terms.not_after")

    def _require_taken_over(self) -> None:
        """What lacks a part lacks all, and is what a revision made: a value that went missing opens
        nothing."""
        parts = (self.notification, self.clauses, self.period.not_after, self.quota)
        if any(parts) or (self.version, self.proposed_by) != (1, TAKEN_OVER_BY):
            raise _refused("must be stated", "notification")

    @property
    def begins(self) -> datetime:
        """The first moment at which it may give access."""
        return self.period.not_before

    @property
    def ends(self) -> datetime:
        """The first moment at which it gives none: its end, the accreditation's, or the beginning
        of what takes its place."""
        return min(self.own_end, self.superseded_at or END_OF_TIME)

    @property
    def own_end(self) -> datetime:
        """As it was agreed, whatever takes its place."""
        accredited = None if self.notification is None else self.notification.accredited_until
        return min(self.period.end, accredited or END_OF_TIME)

    @property
    def held(self) -> Held:
        """What of it decides, in force."""
        of = (self.verifier_id, self.authority_id)
        return Held(*of, self.ways, self.begins, self.ends, self.quota)

    def grants(self, way: Way, moment: datetime) -> bool:
        """Whether the verifier may ask in this way at this moment."""
        return self.state is AgreementState.IN_FORCE and self.held.grants(way, moment)


def _refused(rule: str, field: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, rule, field=field)
