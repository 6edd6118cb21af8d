"""How long records are kept: the report's four kinds of books (R8.1.1 to R8.1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

from openjpki.domain.policy import Baseline


class CountsFrom(Enum):
    """The event with which the period of a record begins."""

    ACT = "act"
    """What is recorded was done."""
    EXPIRY = "expiry"
    """The certificate that the record speaks of has expired."""
    AUDITS = "audits"
    """The internal and the external audit of the time of the record are both complete."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """When the period of a record begins, and how many years it lasts."""

    counts_from: CountsFrom
    years: int
    longest_validity_years: int = 0
    """Of certificates that such records speak of. A record of a certificate that isn't made yet,
    or never was (an application, a refusal), is kept as if one of this length had been made."""


class RetentionClass(Enum):
    """The kind of book that a record belongs to; the value is how it is written down."""

    ADMINISTRATION = "administration"
    """Policies, delegation, staff, audits (8-1(1))."""
    AUTHORITY_KEYS = "authority_keys"
    """Authority keys; self-signed, link, cross and server certificates and their lists (8-1(2))."""
    USER_CERTIFICATES = "user_certificates"
    """Applications, decisions with the reasons of refusals, user certificates, their lists
    (8-1(3))."""
    OPERATIONS = "operations"
    """Rights, systems, faults, access to the books and their disposal (8-1(4))."""

    @property
    def rule(self) -> RetentionRule:
        """The period the report states for this class."""
        return _RULES[self]

    def begins(self, at: datetime, not_after: datetime | None) -> datetime:
        """From when the period of a record counts, as far as the record itself can tell.

        ``at``: the moment of the act; ``not_after``: the end of the certificate it speaks of, if
        it is known. For the class that waits for audits it is the act's own moment.
        """
        rule = self.rule
        if rule.counts_from is not CountsFrom.EXPIRY:
            return at
        if not_after is None:
            # A user certificate lasts to the end of its last day in Japan: less than a day more.
            not_after = _years_later_or_day_after(at, rule.longest_validity_years) + timedelta(
                days=1
            )
        return max(at, not_after)

    def over_before(self, now: datetime, audited_until: datetime | None = None) -> datetime | None:
        """The moment before which a period must have begun to be over ``now``; None: none is over.

        ``audited_until``: both audits are complete for everything before it.
        """
        rule = self.rule
        if rule.counts_from is CountsFrom.AUDITS:
            return None if audited_until is None else min(audited_until, now)
        return _years_earlier_or_day_before(now, rule.years)


FALSE_APPLICATION_YEARS: Final = 20
"""From the certificate's expiry: as long as who was harmed may claim (Civil Code, article 724, at
the latest), and longer than the book of users' certificates is kept."""


def false_application_kept_until(not_after: datetime) -> datetime:
    """Until when evidence of a false application is kept; ``not_after``: of its certificate."""
    return _years_later_or_day_after(not_after, FALSE_APPLICATION_YEARS)


def kept_until(not_after: datetime) -> datetime:
    """Until when evidence about any other user certificate is kept."""
    return _years_later_or_day_after(not_after, RetentionClass.USER_CERTIFICATES.rule.years)


def false_application_begins(not_after: datetime) -> datetime:
    """From when the period of the book of users' certificates is counted for an entry that is kept
    as long as :func:`false_application_kept_until` says."""
    more = FALSE_APPLICATION_YEARS - RetentionClass.USER_CERTIFICATES.rule.years
    return _years_later_or_day_after(not_after, more)


def _years_later_or_day_after(moment: datetime, years: int) -> datetime:
    """The same day and time that many years later; 1 March where that year has no 29 February."""
    moment = moment.astimezone(UTC)
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, month=3, day=1)


def _years_earlier_or_day_before(moment: datetime, years: int) -> datetime:
    """28 February where that year has no 29th, so that nothing is over a day too soon."""
    moment = moment.astimezone(UTC)
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:
        return moment.replace(year=moment.year - years, day=28)


_RULES = {
    RetentionClass.ADMINISTRATION: RetentionRule(CountsFrom.ACT, 10),
    RetentionClass.AUTHORITY_KEYS: RetentionRule(
        CountsFrom.EXPIRY, 10, Baseline().most_authority_key_years
    ),
    RetentionClass.USER_CERTIFICATES: RetentionRule(
        CountsFrom.EXPIRY, 10, Baseline().validity_years
    ),
    RetentionClass.OPERATIONS: RetentionRule(CountsFrom.AUDITS, 0),
}
