"""Whom an officer looks for: the four attributes of a message as domain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.person import RegisteredAttributes
from openjpki.domain.window import JAPAN

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.api.types.v1 import person_pb2
    from openjpki.domain.municipality import Municipality


def registered_attributes(
    stated: person_pb2.FourAttributes, municipality: Municipality, now: datetime, *, field: str
) -> RegisteredAttributes:
    """As the register writes them. Raises what their ``parse`` raises."""
    return RegisteredAttributes.parse(
        name=stated.name,
        birth_date=stated.birth_date,
        sex=str(int(stated.sex)),
        address=stated.address,
        municipality=municipality,
        today=now.astimezone(JAPAN).date(),
        field=field,
    )
