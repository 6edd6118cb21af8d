"""The personal data of applications: stated, requested, certified.

In this database here alone; ca keeps the octets of certificates and of intents, which hold the
four attributes too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from openjpki.domain.characters import Spelling, Substituted
from openjpki.domain.municipality import Municipality
from openjpki.domain.person import (
    Address,
    Applicant,
    BirthDate,
    FourAttributes,
    PersonName,
    RomanisedName,
    Sex,
)
from openjpki.storage.registration.tables import application_personal_data as _personal_data

if TYPE_CHECKING:
    from openjpki.storage.kernel.transaction import Reading, Transaction


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PersonalData:
    """What an application says of a person."""

    applicant: Applicant
    certification_request: bytes | None
    """PKCS#10, DER."""
    certificate: bytes | None
    """X.509, DER."""
    explanation: str
    """What an officer wrote of why it ended; empty without."""

    def __repr__(self) -> str:
        return "PersonalData(hidden)"


def add(tx: Transaction, application_id: str, applicant: Applicant) -> None:
    """Keep what the applicant stated."""
    attributes = applicant.attributes
    tx.connection.execute(
        _personal_data.insert().values(
            application_id=application_id,
            name=attributes.name.text,
            birth_date=attributes.birth_date.iso,
            sex=attributes.sex.code,
            address=attributes.address.text,
            romanised_name=applicant.romanised_name.text,
            registered_name=applicant.name.registered,
            registered_address=applicant.address.registered,
            name_substitutions=applicant.name.certified.mask,
            address_substitutions=applicant.address.certified.mask,
        )
    )


def get(tx: Reading, application_id: str, municipality_code: str) -> PersonalData | None:
    """What is stored of a person, or None once it was destroyed."""
    row = tx.connection.execute(
        select(_personal_data).where(_personal_data.c.application_id == application_id)
    ).first()
    if row is None:
        return None
    attributes = FourAttributes(
        name=PersonName(row.name),
        birth_date=BirthDate.kept(row.birth_date),
        sex=Sex(row.sex),
        address=Address(row.address, Municipality(municipality_code)),
    )
    return PersonalData(
        applicant=Applicant(
            attributes,
            RomanisedName(row.romanised_name),
            _spelling(row.registered_name, row.name, row.name_substitutions),
            _spelling(row.registered_address, row.address, row.address_substitutions),
        ),
        certification_request=_bytes(row.certification_request),
        certificate=_bytes(row.certificate),
        explanation=row.explanation or "",
    )


def add_request(tx: Transaction, application_id: str, der: bytes) -> None:
    """Keep the PKCS#10."""
    tx.connection.execute(
        update(_personal_data)
        .where(_personal_data.c.application_id == application_id)
        .values(certification_request=der)
    )


def add_certificate(tx: Transaction, application_id: str, der: bytes) -> None:
    """Keep the certificate."""
    tx.connection.execute(
        update(_personal_data)
        .where(_personal_data.c.application_id == application_id)
        .values(certificate=der)
    )


def add_explanation(tx: Transaction, application_id: str, text: str) -> None:
    """Keep what an officer wrote of why the application ended."""
    tx.connection.execute(
        update(_personal_data)
        .where(_personal_data.c.application_id == application_id)
        .values(explanation=text or None)
    )


def _spelling(registered: str | None, certified: str, mask: str | None) -> Spelling:
    # Rows of before substitutes were taken have neither.
    if registered is None or mask is None:
        return Spelling.unchanged(certified)
    return Spelling(registered, Substituted(certified, mask))


def _bytes(value: bytes | None) -> bytes | None:
    return None if value is None else bytes(value)
