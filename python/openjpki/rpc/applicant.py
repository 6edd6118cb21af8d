"""Whom an application form is for: the contract's messages as domain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.characters import Substitute
from openjpki.domain.person import Applicant
from openjpki.domain.window import JAPAN

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from openjpki.api.registration.v1.registration_pb2 import SubmitApplicationRequest
    from openjpki.api.types.v1 import person_pb2
    from openjpki.domain.municipality import Municipality


def applicant_of(
    request: SubmitApplicationRequest, municipality: Municipality, now: datetime
) -> Applicant:
    """What the form states, in both spellings. Raises what :meth:`Applicant.parse` raises."""
    stated = request.attributes
    return Applicant.parse(
        name=stated.name,
        birth_date=stated.birth_date,
        sex=str(int(stated.sex)),
        address=stated.address,
        romanised_name=request.romanised_name,
        municipality=municipality,
        today=now.astimezone(JAPAN).date(),
        name_substitutes=_substitutes(request.name_substitutes),
        address_substitutes=_substitutes(request.address_substitutes),
    )


def _substitutes(chosen: Iterable[person_pb2.Substitute]) -> list[Substitute]:
    return [Substitute(one.position, one.text) for one in chosen]
