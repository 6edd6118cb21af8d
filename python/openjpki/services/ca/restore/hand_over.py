"""Everything written down here of users' certificates since a moment, for registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.handed_over import Issuer
from openjpki.services.common.told_from import told_from
from openjpki.storage.ca import authorities, generations, handed_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.unreadable import LeftOut


def hand_over(
    database: Database, since: datetime, *, now: datetime, left_out: LeftOut
) -> Iterator[str]:
    """Lines as :mod:`openjpki.domain.handed_over` has them, in one view of the database; issuers
    first. ``left_out``: told of rows that can't be read, of which there is a line
    only for a revocation whose certificate is known."""
    with database.reading() as tx:
        for record in authorities.all_of(tx, left_out=left_out):
            # Whatever its policy is: it has issued.
            for generation in generations.of(tx, record.authority_id, left_out=left_out):
                yield Issuer(generation.certificate).line
        moment = told_from(tx, since, now, left_out=left_out)
        for issued in handed_over.issued_since(tx, moment, left_out=left_out):
            yield issued.line
        for revoked in handed_over.revoked_since(tx, moment, left_out=left_out):
            yield revoked.line
