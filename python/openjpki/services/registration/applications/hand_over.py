"""Everything written down here of certificates since a moment, for ca to take up again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.services.registration.journal import APPLICATION_RETURNED, REVOCATION_REQUESTED
from openjpki.storage.registration import handed_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openjpki.domain.officers import Officer
    from openjpki.domain.officers.enrolment import RevocationOfOfficer
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Reading


def hand_over(database: Database, since: datetime) -> Iterator[str]:
    """Lines as :mod:`openjpki.domain.handed_over` has them, in one view of the database."""
    with database.reading() as tx:
        for issued in handed_over.issued_since(tx, since):
            yield issued.line
        for revoked in handed_over.revoked_since(tx, since, act=REVOCATION_REQUESTED.name):
            yield revoked.line


def officers_ended(tx: Reading, since: datetime) -> Iterator[tuple[Officer, RevocationOfOfficer]]:
    """Whom ca said to be an officer no more, for a ca that lost its register."""
    return handed_over.officers_ended_since(tx, since, act=APPLICATION_RETURNED.name)
