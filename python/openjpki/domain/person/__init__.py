"""Who the applicant is: the four attributes (基本4情報) and the romanised name (R2.1.2).

A value of this package is valid by construction, and its ``repr`` never shows what it holds, so
that neither logs nor tracebacks can.
"""

from openjpki.domain.japanese_era import Era
from openjpki.domain.person.address import MAX_ADDRESS_CHARACTERS, Address
from openjpki.domain.person.attributes import Applicant, FourAttributes, RegisteredAttributes
from openjpki.domain.person.birth_date import BirthDate
from openjpki.domain.person.name import (
    MAX_NAME_CHARACTERS,
    PersonName,
    RomanisedName,
    require_words,
)
from openjpki.domain.person.sex import FEMALE, MALE, Sex
from openjpki.domain.person.written_birth_date import in_words, written_birth_date

__all__ = [
    "FEMALE",
    "MALE",
    "MAX_ADDRESS_CHARACTERS",
    "MAX_NAME_CHARACTERS",
    "Address",
    "Applicant",
    "BirthDate",
    "Era",
    "FourAttributes",
    "PersonName",
    "RegisteredAttributes",
    "RomanisedName",
    "Sex",
    "in_words",
    "require_words",
    "written_birth_date",
]
