"""Who is meant by four attributes, for an officer who looks for what the person has here.

Found exactly as an application finds them, and entered in the journal before anything is shown:
who looked for whom is what an audit of misuse asks (8-1(4): access to the books).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.existence import check_existence
from openjpki.errors import OpenJpkiError
from openjpki.services.registration.journal import PERSON_LOOKED_UP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openjpki.domain.municipality import Municipality
    from openjpki.domain.person import RegisteredAttributes
    from openjpki.services.registration.context import RegistrationContext
    from openjpki.storage.kernel.acts import Act, Value
    from openjpki.storage.kernel.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """An officer who reads."""

    caller: str
    """SPIFFE id."""
    municipality: Municipality
    method: str
    """Name of what was called."""


def find_person(
    registration: RegistrationContext, reader: Reader, attributes: RegisteredAttributes
) -> bytes:
    """The person's reference. Raises NOT_IN_REGISTER, REGISTER_MISMATCH, REGISTER_AMBIGUOUS,
    SERVICE_UNAVAILABLE."""
    details: dict[str, Value] = {"method": reader.method}
    try:
        resident = check_existence(attributes, registration.register.candidates(attributes))
    except OpenJpkiError as refusal:
        if not refusal.reason.retryable:
            _record(registration, reader, details | {"reason": refusal.reason.name})
        raise
    reference = registration.references.of(resident.resident_id)
    _record(registration, reader, details | {"person": reference.hex()})
    return reference


def _record(
    registration: RegistrationContext, reader: Reader, details: Mapping[str, Value]
) -> None:
    registration.database.run(
        lambda tx: enter_reading(registration, tx, reader, PERSON_LOOKED_UP, details)
    )


def enter_reading(
    registration: RegistrationContext,
    tx: Transaction,
    reader: Reader,
    act: Act,
    details: Mapping[str, Value],
) -> None:
    """Enter what an officer read into the municipality's journal; the last thing a transaction
    does."""
    registration.journal.append(
        tx,
        act,
        stream=reader.municipality.code,
        actor=reader.caller,
        subject=reader.municipality.code,
        details=details,
        at=registration.clock.now(),
    )
