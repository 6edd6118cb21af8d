"""How many certificates of persons were intended for whom, by the hours of the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from openjpki.domain.issue_limits import HOURS_OF_A_DAY, hour_of
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.ca.tables import issuances as _issuances

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.storage.ca.issuances import Intent
    from openjpki.storage.kernel.transaction import Reading

_HOUR = timedelta(hours=1)
_NO_END = datetime.max.replace(tzinfo=UTC)

_IN_HOUR = (
    select(_issuances.c.caller, _issuances.c.municipality_code, func.count().label("intended"))
    .where(
        _issuances.c.authority_id == bindparam("of_authority"),
        _issuances.c.kind == CertificateKind.USER.value,
        _issuances.c.method == bindparam("of_method"),
        _issuances.c.serial != bindparam("but_for"),
        _issuances.c.intended_at >= bindparam("begins"),
        _issuances.c.intended_at < bindparam("ends"),
    )
    .group_by(_issuances.c.caller, _issuances.c.municipality_code)
)


@dataclass(frozen=True, slots=True)
class Intended:
    """So many in one hour, by one caller for one municipality."""

    hour: datetime
    """When it began."""
    caller: str
    municipality_code: str
    number: int


def intended_beside(tx: Reading, intent: Intent) -> Iterator[Intended]:
    """All at its authority in the day that an intent's hour ends, by the same method, but itself.

    What bears a later moment, of a clock that was set back since, is of that hour too. Hour by
    hour: no function that cuts a moment off at its hour is known to both databases.
    """
    last = hour_of(intent.intended_at)
    for back in range(HOURS_OF_A_DAY):
        begins = last - back * _HOUR
        rows = tx.connection.execute(
            _IN_HOUR,
            {
                "of_authority": intent.authority_id,
                "of_method": intent.request.method,
                "but_for": intent.serial,
                "begins": begins,
                "ends": begins + _HOUR if back else _NO_END,
            },
        )
        for row in rows:
            yield Intended(begins, row.caller, row.municipality_code, row.intended)
