"""A person's name as the register writes it, and its romanised form."""

from __future__ import annotations

import re
from dataclasses import dataclass

from openjpki.domain.characters import require_repertoire
from openjpki.errors import OpenJpkiError, Reason

MAX_NAME_CHARACTERS = 200
SEPARATOR = "\u3000"
"""What stands between the words of a name: one full-width space."""

_ROMANISED = re.compile(r"[A-Z]+(?:[ '-][A-Z]+)*")


@dataclass(frozen=True, slots=True, repr=False)
class PersonName:
    """The words of a name, one full-width space between two, all in the repertoire (氏名).

    Family name and given name of most; one word, or three and more, of residents from abroad
    (R2.1.1b). Which is which nobody needs to know here.

    ``text`` must be in canonical form already; input of other forms goes through `parse`.
    """

    text: str

    def __post_init__(self) -> None:
        require_words(self.text, field="name")
        if require_repertoire(self.text, field="name") != self.text:
            raise OpenJpkiError(Reason.INVALID_FIELD, "is not in canonical form", field="name")

    @classmethod
    def parse(cls, text: str, *, field: str = "name") -> PersonName:
        """Bring ``text`` to canonical form and check it.

        Raises FORBIDDEN_CHARACTER, NAME_NOT_IN_REPERTOIRE (see `require_repertoire`), or what
        `require_words` raises.
        """
        text = require_repertoire(text, field=field)
        require_words(text, field=field)
        return cls(text)

    def __repr__(self) -> str:
        return f"PersonName({len(self.text)} characters)"


@dataclass(frozen=True, slots=True, repr=False)
class RomanisedName:
    """A name in capital Latin letters; words joined by a space, a hyphen or an apostrophe."""

    text: str

    def __post_init__(self) -> None:
        if len(self.text) > MAX_NAME_CHARACTERS or not _ROMANISED.fullmatch(self.text):
            raise _not_romanised("romanised_name")

    @classmethod
    def parse(cls, text: str, *, field: str = "romanised_name") -> RomanisedName:
        """Any mixture of cases; raises INVALID_FIELD for anything but letters and joints."""
        upper = text.upper()
        # ASCII first: upper() turns some other letters into ASCII ones.
        if not text.isascii() or len(text) > MAX_NAME_CHARACTERS or not _ROMANISED.fullmatch(upper):
            raise _not_romanised(field)
        return cls(upper)

    def __repr__(self) -> str:
        return f"RomanisedName({len(self.text)} characters)"


def require_words(text: str, *, field: str) -> None:
    """That a name in canonical form, of whatever characters, is at most 200 of them and made of
    words; raises INVALID_FIELD."""
    if len(text) > MAX_NAME_CHARACTERS:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"must be at most {MAX_NAME_CHARACTERS} characters", field=field
        )
    if not all(text.split(SEPARATOR)):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must be words with one full-width space between two of them",
            field=field,
        )


def _not_romanised(field: str) -> OpenJpkiError:
    return OpenJpkiError(
        Reason.INVALID_FIELD,
        f"must be ASCII letters joined by single spaces, hyphens or apostrophes, "
        f"at most {MAX_NAME_CHARACTERS}",
        field=field,
    )
