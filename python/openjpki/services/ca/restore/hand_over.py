"""Everything written down here of users' certificates since a moment, for registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.handed_over import Issuer
from openjpki.services.ca.authorities.authority import as_authority
from openjpki.storage.ca import authorities, handed_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openjpki.storage.kernel.database import Database


def hand_over(database: Database, since: datetime) -> Iterator[str]:
    """Lines as :mod:`openjpki.domain.handed_over` has them, in one view of the database; issuers
    first."""
    with database.reading() as tx:
        for record in authorities.all_of(tx):
            for generation in as_authority(tx, record).generations:
                yield Issuer(generation.certificate).line
        for issued in handed_over.issued_since(tx, since):
            yield issued.line
        for revoked in handed_over.revoked_since(tx, since):
            yield revoked.line
