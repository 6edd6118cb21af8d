"""An address (住所) as the register writes it, from the prefecture on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from openjpki.domain.characters import require_repertoire
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.domain.municipality import Municipality

MAX_ADDRESS_CHARACTERS = 200
_POSTAL_MARK = "\u3012"


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """An address in ``municipality``, in canonical form, at most 200 characters, no postcode."""

    text: str
    municipality: Municipality

    def __post_init__(self) -> None:
        if require_repertoire(self.text, field="address") != self.text:
            raise OpenJpkiError(Reason.INVALID_FIELD, "is not in canonical form", field="address")
        require_address(self.text, self.municipality, field="address")

    @classmethod
    def parse(cls, text: str, municipality: Municipality, *, field: str = "address") -> Address:
        """Bring ``text`` to canonical form and check it (R2.5.5).

        Raises FORBIDDEN_CHARACTER, NAME_NOT_IN_REPERTOIRE (see `require_repertoire`), or
        INVALID_FIELD for its length, a postcode, or another municipality's address.
        """
        text = require_repertoire(text, field=field)
        require_address(text, municipality, field=field)
        return cls(text, municipality)

    def __repr__(self) -> str:
        return f"Address({len(self.text)} characters)"


def require_address(text: str, municipality: Municipality, *, field: str) -> None:
    """That an address in canonical form, of whatever characters, is one in the municipality, at
    most 200 characters and without a postcode; raises INVALID_FIELD."""
    if len(text) > MAX_ADDRESS_CHARACTERS:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"must be at most {MAX_ADDRESS_CHARACTERS} characters",
            field=field,
        )
    if _POSTAL_MARK in text:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must not hold a postcode", field=field)
    if not _beginning(municipality).match(text):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must begin with the municipality's prefecture and name: "
            f"{municipality.prefecture.name}{municipality.name}",
            field=field,
        )


@cache
def _beginning(municipality: Municipality) -> re.Pattern[str]:
    # Towns and villages are written with their county (郡) or, in Tokyo and Hokkaido, island (島)
    # between prefecture and name; the code table does not hold those.
    between = "(?:[^０-９\u3000]{1,6}[郡島])?" if municipality.name[-1] in "町村" else ""
    return re.compile(municipality.prefecture.name + between + municipality.name)
