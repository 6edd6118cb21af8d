"""The applicant's choice where a certificate can't hold a recorded character (R2.5.4, R2.5.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.characters.canonical import canonical, split
from openjpki.domain.characters.check import refuse_outside, require_text
from openjpki.domain.characters.repertoire import REPERTOIRE
from openjpki.domain.characters.substitution import Substituted, candidates
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

MAX_KANA = 8
"""Kana that may stand for one character: the longest reading of a single kanji has fewer."""

_KANA = re.compile(f"[ぁ-んァ-ヶー]{{1,{MAX_KANA}}}")


@dataclass(frozen=True, slots=True, repr=False)
class Substitute:
    """What is to stand for one character of the register's spelling."""

    position: int
    """Of that character, counted from 1; a base with its variation selector is one."""
    text: str
    """A similar character out of `candidates`, or 1 to 8 kana."""

    def __repr__(self) -> str:
        return f"Substitute({self.position})"


@dataclass(frozen=True, slots=True, repr=False)
class Spelling:
    """A name or an address as the register writes it, and as the certificate does."""

    registered: str
    """In canonical form, of whatever characters."""
    certified: Substituted

    @classmethod
    def unchanged(cls, text: str) -> Self:
        """Of ``text`` in canonical form that a certificate can hold as it is."""
        return cls(text, Substituted.unchanged(text))

    @classmethod
    def parse(cls, text: str, chosen: Sequence[Substitute], *, field: str, choice: str) -> Self:
        """The register's ``text``, with what was ``chosen`` in the place of its characters.

        ``field`` and ``choice`` are the paths of the two, for refusals. Raises
        FORBIDDEN_CHARACTER; NAME_NOT_IN_REPERTOIRE for a character that needs a choice and has
        none, as `require_repertoire`; INVALID_FIELD for a choice at no such character, or at one
        that a certificate can hold, and for one that is neither similar nor kana.
        """
        text = require_text(text, field=field)
        characters = split(text)
        choices = _by_position(chosen, characters, choice)
        certified, marks = [], []
        for position, character in enumerate(characters, start=1):
            if position in choices:
                certified.append(choices[position])
                marks.append("1" * len(split(choices[position])))
            else:
                if character not in REPERTOIRE:
                    refuse_outside(position, character, field=field)
                certified.append(character)
                marks.append("0")
        return cls(text, Substituted("".join(certified), "".join(marks)))

    def __repr__(self) -> str:
        return f"Spelling({self.certified!r})"


def _by_position(
    chosen: Sequence[Substitute], characters: Sequence[str], field: str
) -> dict[int, str]:
    found: dict[int, str] = {}
    for one in chosen:
        if not 1 <= one.position <= len(characters) or one.position in found:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "must name each a position of its own, counted from 1",
                field=field,
            )
        character = characters[one.position - 1]
        if character in REPERTOIRE:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                f"character {one.position} can be certified as it is recorded",
                field=field,
                position=str(one.position),
            )
        text = canonical(one.text)
        if text not in candidates(character) and not _KANA.fullmatch(text):
            offered = "".join(candidates(character))
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                f"character {one.position} may be replaced by one of {offered or '—'} or by kana",
                field=field,
                position=str(one.position),
                candidates=offered,
            )
        found[one.position] = text
    return found
