"""How much a verifier may be told, by what was agreed (R4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from openjpki.domain.agreements.terms import Way
from openjpki.errors import OpenJpkiError, Reason


class Beyond(Enum):
    """What is done once all was told; the value stands in the table."""

    REFUSE = "refuse"
    """Nothing more is told in that day or month."""
    REPORT = "report"
    """It is told all the same, and that is to be seen."""


class Unit(Enum):
    """What is counted together; the value stands in the tables."""

    STATUSES = "statuses"
    DOWNLOADS = "downloads"
    """Of revocation lists: apart, so that who was told its statuses can learn what is revoked."""

    @property
    def ways(self) -> frozenset[Way]:
        """The ways that count."""
        if self is Unit.DOWNLOADS:
            return frozenset({Way.LISTS})
        return frozenset({Way.OCSP_HTTP, Way.GRPC})


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one unit, in a day and in a month of Japan."""

    per_day: int | None
    per_month: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A number for each unit and period, or none where as much is told as is asked for."""

    statuses_per_day: int | None = None
    statuses_per_month: int | None = None
    downloads_per_day: int | None = None
    downloads_per_month: int | None = None
    beyond: Beyond

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        numbers = self.numbers
        if all(one is None for one in numbers):
            raise _refused("must have a number at least")
        if any(one is not None and one < 1 for one in numbers):
            raise _refused("must have positive numbers alone")

    @property
    def numbers(self) -> tuple[int | None, ...]:
        """In the order in which they are digested."""
        of_day, of_month = self.statuses_per_day, self.statuses_per_month
        return of_day, of_month, self.downloads_per_day, self.downloads_per_month

    def limits(self, unit: Unit) -> Limits | None:
        """Those of a unit; None: it has none."""
        if unit is Unit.STATUSES:
            found = Limits(self.statuses_per_day, self.statuses_per_month)
        else:
            found = Limits(self.downloads_per_day, self.downloads_per_month)
        return None if found == Limits(None, None) else found


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, rule, field="terms.quota")
