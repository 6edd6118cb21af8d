"""The four attributes of a message as domain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.person import FourAttributes
from openjpki.domain.window import JAPAN

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.api.types.v1 import person_pb2
    from openjpki.domain.municipality import Municipality


def attributes_of(
    stated: person_pb2.FourAttributes, municipality: Municipality, now: datetime, *, field: str
) -> FourAttributes:
    """As an officer of the municipality wrote them. Raises what their ``parse`` raises."""
    return FourAttributes.parse(
        name=stated.name,
        birth_date=stated.birth_date,
        sex=str(int(stated.sex)),
        address=stated.address,
        municipality=municipality,
        today=now.astimezone(JAPAN).date(),
        field=field,
    )
