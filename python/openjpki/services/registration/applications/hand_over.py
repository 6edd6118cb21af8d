"""Everything written down here of certificates since a moment, for ca to take up again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.services.common.receipts import REVOKE_CHANGED
from openjpki.services.common.told_from import told_from
from openjpki.services.registration.journal import APPLICATION_RETURNED, REVOCATION_REQUESTED
from openjpki.storage.registration import handed_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openjpki.domain.officers import Officer
    from openjpki.domain.officers.enrolment import RevocationOfOfficer
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import LeftOut


def hand_over(
    database: Database, since: datetime, *, now: datetime, left_out: LeftOut
) -> Iterator[str]:
    """Lines as :mod:`openjpki.domain.handed_over` has them, in one view of the database.
    ``left_out``: told of rows that can't be read, of which there is a line
    only for a revocation whose certificate is known."""
    with database.reading() as tx:
        moment = told_from(tx, since, now, left_out=left_out)
        for issued in handed_over.issued_since(tx, moment, left_out=left_out):
            yield issued.line
        act = REVOCATION_REQUESTED.name
        for revoked in handed_over.revoked_since(
            tx, moment, act=act, by_notice=REVOKE_CHANGED, left_out=left_out
        ):
            yield revoked.line


def officers_ended(
    tx: Reading, since: datetime, *, left_out: LeftOut
) -> Iterator[tuple[Officer, RevocationOfOfficer]]:
    """Whom ca said to be an officer no more, for a ca that lost its register."""
    act = APPLICATION_RETURNED.name
    return handed_over.officers_ended_since(tx, since, act=act, left_out=left_out)
