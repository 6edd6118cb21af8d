"""How long an officer's key counts, and how changes of the register come about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from datetime import datetime

LONGEST_VALIDITY = timedelta(days=3 * 365)
USUAL_VALIDITY = timedelta(days=365)
RENEWAL_OVERLAP = timedelta(days=30)
"""How long the old key counts beside the new one: as long as a statement made with it may wait to
be acted upon, by the usual policy (:class:`openjpki.domain.policy.EvidencePolicy`)."""
PRESENTED_WITHIN = timedelta(days=30)
"""From the officer's signature over the new key to its enrolment."""
CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of the service's clock the officer's may be."""


MOST_OPEN_PROPOSALS = 200
"""Keys that one operator has proposed and nobody has decided on. Fewer than are listed at once, so
that whoever proposes much hides nobody else's proposal."""
RENEW_WITHIN = (timedelta(days=7), timedelta(days=30))
"""Before its end a key without a successor is told of: the last call, and in time."""


class ProposalKind(Enum):
    """What a proposal would do."""

    ENROLMENT = "enrolment"
    RENEWAL = "renewal"
    REVOCATION = "revocation"


class ProposalState(Enum):
    """Where a proposal stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


class RevocationOfOfficer(Enum):
    """Why an officer's keys are revoked."""

    LEFT = "left"
    KEY_COMPROMISE = "key_compromise"
    MISUSE = "misuse"


@dataclass(frozen=True, slots=True)
class KeyPeriod:
    """From when to when a key is to count. Aware, whole seconds."""

    not_before: datetime
    not_after: datetime

    @classmethod
    def of(
        cls, not_before: datetime | None, not_after: datetime | None, *, now: datetime
    ) -> KeyPeriod:
        """What was asked for, or the usual. Never before ``now``: nothing counts that was signed
        before anybody vouched for the key. Raises ``INVALID_FIELD``."""
        present = now.replace(microsecond=0)
        begin = present if not_before is None else max(not_before, present)
        try:
            end = begin + USUAL_VALIDITY if not_after is None else not_after
        except OverflowError:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "must be earlier than a year before the last that there is",
                field="not_before",
            ) from None
        # Not by when it would end: years end as well.
        if not timedelta(0) < end - begin <= LONGEST_VALIDITY:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                f"must be later than the beginning, by at most {LONGEST_VALIDITY.days} days",
                field="not_after",
            )
        return cls(begin, end)

    def beginning_now(self, now: datetime) -> KeyPeriod:
        """The same, cut at its beginning to what is still ahead. Raises ``INVALID_FIELD`` when
        nothing is."""
        return KeyPeriod.of(self.not_before, self.not_after, now=now)
