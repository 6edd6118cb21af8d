"""What came of the notices of a time, for the sender to hold against its own numbers (R3.1.2a)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.registration import change_notices, register_links

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.municipality import Municipality
    from openjpki.services.registration.context import RegistrationContext
    from openjpki.storage.registration.change_notices import NoticeCounts


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """As of now."""

    counts: NoticeCounts
    position: int
    unlinked: int
    """Certificates in force whose holders no notice can reach."""


def reconcile_notices(
    registration: RegistrationContext, municipality: Municipality, begins: datetime, ends: datetime
) -> Reconciliation:
    """Of the notices taken from ``begins`` on and before ``ends``. Raises ``INVALID_FIELD``."""
    if ends <= begins:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must lie after the begin", field="ends")
    code = municipality.code
    with registration.database.reading() as tx:
        return Reconciliation(
            counts=change_notices.counts(tx, code, begins, ends),
            position=change_notices.position(tx, code),
            unlinked=register_links.count_unlinked(tx, code),
        )
