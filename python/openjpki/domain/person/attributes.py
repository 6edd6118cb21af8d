"""The four attributes as one value, and the applicant who states them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.person.address import Address
from openjpki.domain.person.birth_date import BirthDate
from openjpki.domain.person.name import PersonName, RomanisedName
from openjpki.domain.person.sex import Sex

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from openjpki.domain.municipality import Municipality


@dataclass(frozen=True, slots=True, repr=False)
class FourAttributes:
    """Name, birth date, sex and address (基本4情報): what a certificate says of its holder."""

    name: PersonName
    birth_date: BirthDate
    sex: Sex
    address: Address

    @classmethod
    def parse(
        cls,
        *,
        name: str,
        birth_date: str,
        sex: str,
        address: str,
        municipality: Municipality,
        today: date,
        sexes: Collection[str] = ("1", "2"),
        field: str = "",
    ) -> FourAttributes:
        """From the texts of a form; ``birth_date`` as ``YYYY-MM-DD``, ``sex`` as its digit.

        ``field`` is the path of the enclosing message, put before the name of the part at fault.
        Raises what the parts' own ``parse`` raise.
        """
        prefix = f"{field}." if field else ""
        return cls(
            name=PersonName.parse(name, field=f"{prefix}name"),
            birth_date=BirthDate.parse(birth_date, today=today, field=f"{prefix}birth_date"),
            sex=Sex.parse(sex, allowed=sexes, field=f"{prefix}sex"),
            address=Address.parse(address, municipality, field=f"{prefix}address"),
        )

    @property
    def municipality(self) -> Municipality:
        """The municipality whose register the person is in."""
        return self.address.municipality

    def __repr__(self) -> str:
        return f"FourAttributes({self.name!r}, {self.address!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Applicant:
    """What the application form states (R2.1.2): the four attributes and the romanised name."""

    attributes: FourAttributes
    romanised_name: RomanisedName

    def __repr__(self) -> str:
        return f"Applicant({self.attributes!r}, {self.romanised_name!r})"
