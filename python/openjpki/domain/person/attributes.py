"""The four attributes as one value, and the applicant who states them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from openjpki.domain.characters import Spelling, require_text
from openjpki.domain.person.address import Address, require_address
from openjpki.domain.person.birth_date import BirthDate
from openjpki.domain.person.name import PersonName, RomanisedName, require_words
from openjpki.domain.person.sex import Sex

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from openjpki.domain.characters import Substitute
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
class RegisteredAttributes:
    """The four attributes as the register is asked for them: in its spelling and canonical form,
    of whatever characters (R2.1.1b)."""

    municipality: Municipality
    name: str
    birth_date: str
    """``YYYY-MM-DD``."""
    sex: str
    address: str

    @classmethod
    def of(cls, attributes: FourAttributes) -> RegisteredAttributes:
        """Of whom nothing is spelt otherwise in the register than in the certificate."""
        return cls(
            municipality=attributes.municipality,
            name=attributes.name.text,
            birth_date=attributes.birth_date.iso,
            sex=attributes.sex.code,
            address=attributes.address.text,
        )

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
        field: str,
    ) -> RegisteredAttributes:
        """From texts in the register's spelling, of somebody for whom nothing is certified now.

        ``field`` as in :meth:`FourAttributes.parse`. Raises FORBIDDEN_CHARACTER, and what the
        parts' own ``parse`` raise.
        """
        name = require_text(name, field=f"{field}.name")
        require_words(name, field=f"{field}.name")
        address = require_text(address, field=f"{field}.address")
        require_address(address, municipality, field=f"{field}.address")
        return cls(
            municipality=municipality,
            name=name,
            birth_date=BirthDate.parse(birth_date, today=today, field=f"{field}.birth_date").iso,
            sex=Sex.parse(sex, allowed=sexes, field=f"{field}.sex").code,
            address=address,
        )

    def __repr__(self) -> str:
        return "RegisteredAttributes(hidden)"


@dataclass(frozen=True, slots=True, repr=False)
class Applicant:
    """What the application form states (R2.1.2): the four attributes as they will be certified,
    the spellings that these come from, and the romanised name."""

    attributes: FourAttributes
    romanised_name: RomanisedName
    name: Spelling
    address: Spelling

    def __post_init__(self) -> None:
        certified = (self.name.certified.text, self.address.certified.text)
        if certified != (self.attributes.name.text, self.attributes.address.text):
            raise ValueError("the attributes are not those of the spellings")

    @classmethod
    def as_registered(cls, attributes: FourAttributes, romanised_name: RomanisedName) -> Applicant:
        """Of whom nothing is spelt otherwise in the register than in the certificate."""
        return cls(
            attributes,
            romanised_name,
            Spelling.unchanged(attributes.name.text),
            Spelling.unchanged(attributes.address.text),
        )

    @classmethod
    def parse(
        cls,
        *,
        name: str,
        birth_date: str,
        sex: str,
        address: str,
        romanised_name: str,
        municipality: Municipality,
        today: date,
        name_substitutes: Sequence[Substitute] = (),
        address_substitutes: Sequence[Substitute] = (),
    ) -> Applicant:
        """From the texts of a form in the register's spelling, and what was chosen for characters
        that a certificate can't hold. Raises what the parts' own ``parse`` raise, naming the form's
        fields as the contract does."""
        names = Spelling.parse(
            name, name_substitutes, field="attributes.name", choice="name_substitutes"
        )
        addresses = Spelling.parse(
            address, address_substitutes, field="attributes.address", choice="address_substitutes"
        )
        attributes = FourAttributes.parse(
            name=names.certified.text,
            birth_date=birth_date,
            sex=sex,
            address=addresses.certified.text,
            municipality=municipality,
            today=today,
            field="attributes",
        )
        return cls(attributes, RomanisedName.parse(romanised_name), names, addresses)

    @property
    def registered(self) -> RegisteredAttributes:
        """As the register is asked for them."""
        certified = RegisteredAttributes.of(self.attributes)
        return replace(certified, name=self.name.registered, address=self.address.registered)

    def __repr__(self) -> str:
        return f"Applicant({self.attributes!r}, {self.romanised_name!r})"
