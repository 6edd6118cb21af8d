"""What may be proposed. Nothing that is stored is read by these rules: one that is made stricter
one day shuts nobody out whose agreement was made by another."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.domain.agreements.notification import VerifierKind
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.domain.agreements.agreement import Agreement

LONGEST = timedelta(days=5 * 366)
"""From an agreement's beginning to its end."""
LONGEST_AHEAD = timedelta(days=366)
"""From its proposal to its beginning. Both are over before the journal's entry of its approval is
disposed of, ten years after that."""
EARLIEST = timedelta(days=1)
"""From its beginning to its proposal: officers' clocks differ from the service's, and what is told
of who could ask when is not to be changed afterwards."""


def require_proposable(one: Agreement) -> None:
    """Raises ``INVALID_FIELD``."""
    begins, ends = one.period.not_before, one.period.end
    if not timedelta(0) < ends - begins <= LONGEST:
        raise _refused(
            f"must be later than the beginning, by at most {LONGEST.days} days", "terms.not_after"
        )
    if begins - one.proposed_at > LONGEST_AHEAD:
        raise _refused(
            f"must be at most {LONGEST_AHEAD.days} days later than it is proposed",
            "terms.not_before",
        )
    if one.proposed_at - begins > EARLIEST:
        raise _refused(
            f"must be at most {EARLIEST.days} day earlier than it is proposed", "terms.not_before"
        )
    # It would take another's place, and never give access itself.
    if one.own_end <= begins:
        raise _refused(
            "must be later than the agreement's beginning", "notification.accredited_until"
        )
    said, clauses = one.notification, one.clauses
    is_business = said is not None and said.kind is not VerifierKind.GOVERNMENT_BODY
    # Damages of a business may have no end (第3編 1-3).
    if is_business and clauses is not None and clauses.liability_cap_yen is None:
        raise _refused("must be agreed with a business", "terms.liability_cap_yen")


def _refused(rule: str, field: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, rule, field=field)
