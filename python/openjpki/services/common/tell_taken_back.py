"""What a service that kept its database still knows of who was taken back, for one that lost it.

An officer may be known to several services and a credential denied at each; whatever one of them
saw since the other's backup counts there too, until a second operator says otherwise.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.services.common.taken_back import credential_line, officer_line, told_line
from openjpki.storage.kernel import denied_credentials, journal_end
from openjpki.storage.officers import proposals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from openjpki.domain.officers import Officer
    from openjpki.domain.officers.enrolment import RevocationOfOfficer
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Reading

    Ended = Callable[[Reading, datetime], Iterable[tuple[Officer, RevocationOfOfficer]]]

MARGIN = timedelta(hours=1)
"""Clocks of two services differ, and what is entered late was done earlier."""


def tell_taken_back(
    database: Database, service: str, since: datetime, officers_ended: Ended | None
) -> Iterator[str]:
    """Lines that :func:`openjpki.services.common.taken_back.parse_taken_back` reads, the first one
    saying who tells, and from when on; in one view of the database.

    ``officers_ended``: what the service can tell of officers; None where it knows none.
    """
    with database.reading() as tx:
        yield told_line(service, since)
        for officer, cause in officers_ended(tx, since) if officers_ended else ():
            yield officer_line(officer, cause)
        for entry in denied_credentials.since(tx, since):
            yield credential_line(entry.credential, entry.cause)


def officers_of_register(
    tx: Reading, since: datetime
) -> Iterator[tuple[Officer, RevocationOfOfficer]]:
    """Those whose end was proposed since, and not turned down."""
    return proposals.ends_since(tx, since)


def told_since(database: Database) -> datetime | None:
    """From when on others are to tell a service whose database was brought back: the moment of the
    newest thing that it did and knows of, and :data:`MARGIN` before. None: it knows of nothing."""
    with database.reading() as tx:
        newest = journal_end.newest_moment(tx)
    return None if newest is None else (newest - MARGIN).replace(microsecond=0)
