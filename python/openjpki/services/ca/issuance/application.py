"""An application as registration hands it over, parsed once into values of the domain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.api.types.v1 import person_pb2
from openjpki.domain.characters import Substituted
from openjpki.domain.municipality import Municipality
from openjpki.domain.person import FourAttributes
from openjpki.domain.window import JAPAN, WindowId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.officer import officer

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.api.ca.v1 import ca_pb2
    from openjpki.services.ca.authorities.authority import Authority

_SEX_DIGITS = {person_pb2.SEX_MALE: "1", person_pb2.SEX_FEMALE: "2"}
# An account or a SPIFFE id; never free text, which might be a person's name.


@dataclass(frozen=True, slots=True, repr=False)
class Application:
    """What is to be certified, and who answers for it. No ``repr``: personal data."""

    municipality: Municipality
    window: WindowId
    application_id: str
    person_reference: bytes
    attributes: FourAttributes
    name: Substituted
    address: Substituted
    checked_by: str
    approved_by: str


def parse_application(
    request: ca_pb2.IssueCertificateRequest, authority: Authority, at: datetime
) -> Application:
    """Check all of a request but its PKCS#10.

    Raises ``INVALID_FIELD``, ``UNKNOWN_MUNICIPALITY``, ``SAME_OFFICER``, and the reasons of
    refused attributes: ``NAME_NOT_IN_REPERTOIRE``, ``FORBIDDEN_CHARACTER``,
    ``DATE_DOES_NOT_EXIST``.
    """
    municipality = require_municipality(authority, request.municipality_code)
    window = WindowId.parse(request.window_id)
    if window.municipality != municipality:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be a window of the municipality", field="window_id"
        )
    checked_by = officer(request.checked_by, "checked_by")
    approved_by = officer(request.approved_by, "approved_by")
    if checked_by == approved_by:
        raise OpenJpkiError(
            Reason.SAME_OFFICER, "must be another officer than checked_by", field="approved_by"
        )
    attributes = FourAttributes.parse(
        name=request.attributes.name,
        birth_date=request.attributes.birth_date,
        sex=_SEX_DIGITS.get(request.attributes.sex, ""),
        address=request.attributes.address,
        municipality=municipality,
        today=at.astimezone(JAPAN).date(),
        sexes=authority.policy.sexes,
        field="attributes",
    )
    return Application(
        municipality=municipality,
        window=window,
        application_id=request.application_id.lower(),
        person_reference=request.person_reference,
        attributes=attributes,
        name=_substituted(attributes.name.text, request.substitutions.name, "name"),
        address=_substituted(attributes.address.text, request.substitutions.address, "address"),
        checked_by=checked_by,
        approved_by=approved_by,
    )


def require_municipality(
    authority: Authority, code: str, *, field: str = "municipality_code"
) -> Municipality:
    """A municipality of the authority's prefecture. Raises ``UNKNOWN_MUNICIPALITY``."""
    municipality = Municipality.parse(code, field=field)
    if municipality.prefecture != authority.prefecture:
        raise OpenJpkiError(
            Reason.UNKNOWN_MUNICIPALITY, "is not in the authority's prefecture", field=field
        )
    return municipality


def _substituted(text: str, mask: str, part: str) -> Substituted:
    try:
        return Substituted(text, mask)
    except OpenJpkiError as error:
        raise OpenJpkiError(error.reason, error.message, field=f"substitutions.{part}") from error
