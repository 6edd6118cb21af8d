"""What a municipality's windows took on a day, to be held against the till (R5.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.storage.registration import fee_receipts

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.municipality import Municipality
    from openjpki.services.registration.context import RegistrationContext
    from openjpki.storage.registration.fee_receipts import DaysFees


@dataclass(frozen=True, slots=True)
class DailyFees:
    """By window and rule, and which numbers were given."""

    fees: list[DaysFees]
    first_number: int
    last_number: int
    """0 twice without any receipt."""


def daily_fees(
    registration: RegistrationContext, municipality: Municipality, begin: datetime
) -> DailyFees:
    """``begin``: the day's first moment in Japan."""
    end = begin + timedelta(days=1)
    with registration.database.reading() as tx:
        fees = fee_receipts.of_day(tx, municipality, begin, end)
        first, last = fee_receipts.numbers_of_day(tx, municipality, begin, end)
    return DailyFees(fees, first, last)
