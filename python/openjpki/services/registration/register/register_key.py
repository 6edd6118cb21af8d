"""The key by which a municipality's register names residents in change notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openjpki.services.registration.journal import REGISTER_KEY_GIVEN
from openjpki.storage.kernel.journal import SqlJournal

if TYPE_CHECKING:
    from openjpki.domain.clock import Clock
    from openjpki.domain.municipality import Municipality
    from openjpki.services.registration.register.person_references import PersonReferences
    from openjpki.storage.kernel.database import Database

KEY_OCTETS: Final = 32


def give_register_key(
    database: Database,
    references: PersonReferences,
    municipality: Municipality,
    *,
    clock: Clock,
    actor: str,
) -> bytes:
    """The municipality's key, of which the journal has that it was given, and to whom."""
    database.run(
        lambda tx: SqlJournal().append(
            tx,
            REGISTER_KEY_GIVEN,
            stream=municipality.code,
            actor=actor,
            subject=municipality.code,
            details={},
            at=clock.now(),
        )
    )
    return references.register_key(municipality.code)
