"""What a service that kept its database still knows of who was taken back, for one that lost it.

An officer may be known to several services and a credential denied at each; whatever one of them
saw since the other's backup counts there too, until a second operator says otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from openjpki.services.common.taken_back import credential_line, officer_line, told_line
from openjpki.services.common.told_from import MARGIN, before, told_from
from openjpki.storage.kernel import denied_credentials, journal_end
from openjpki.storage.officers import proposals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from openjpki.domain.officers import Officer
    from openjpki.domain.officers.enrolment import RevocationOfOfficer
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import LeftOut

    class Ended(Protocol):
        """Officers who ended since a moment, for tellers of rows that can't be read."""

        def __call__(
            self, tx: Reading, since: datetime, *, left_out: LeftOut
        ) -> Iterable[tuple[Officer, RevocationOfOfficer]]: ...


def tell_taken_back(
    database: Database,
    service: str,
    since: datetime,
    officers_ended: Ended | None,
    *,
    now: datetime,
    left_out: LeftOut,
) -> Iterator[str]:
    """Lines that :func:`openjpki.services.common.taken_back.parse_taken_back` reads, the first one
    saying who tells, and from when on; in one view of the database.

    ``officers_ended``: what the service can tell of officers; None where it knows none.
    ``left_out``: told of rows that can't be read. Where such a row says who was taken back, though
    not when or why, there is a line of them, which assumes the worst.
    """
    with database.reading() as tx:
        yield told_line(service, since)
        moment = told_from(tx, since, now, left_out=left_out)
        if officers_ended is not None:
            for officer, cause in officers_ended(tx, moment, left_out=left_out):
                yield officer_line(officer, cause)
        for credential, why in denied_credentials.since(tx, moment, left_out=left_out):
            yield credential_line(credential, why)


def officers_of_register(
    tx: Reading, since: datetime, *, left_out: LeftOut
) -> list[tuple[Officer, RevocationOfOfficer]]:
    """Those whose end was proposed since, and not turned down."""
    return proposals.ends_since(tx, since, left_out=left_out)


def told_since(database: Database, *, left_out: LeftOut) -> datetime | None:
    """From when on others are to tell a service whose database was brought back: the moment of the
    newest thing that it did and knows of, and :data:`MARGIN` before; from the beginning where that
    entry can't be read, which ``left_out`` is told. None: it knows of nothing."""
    with database.reading() as tx:
        newest = journal_end.newest_moment(tx, left_out=left_out)
    return None if newest is None else before(newest, MARGIN).replace(microsecond=0)
