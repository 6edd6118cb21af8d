"""The gate every name and address passes: forbidden characters first, then the repertoire."""

from __future__ import annotations

import unicodedata
from typing import NoReturn

from openjpki.domain.characters.canonical import canonical, split
from openjpki.domain.characters.repertoire import REPERTOIRE
from openjpki.domain.characters.substitution import candidates
from openjpki.errors import OpenJpkiError, Reason

# Control (NUL, line ends), format (bidi controls, zero-width, BOM, tags), surrogate, private use,
# line and paragraph separator: never part of a name, often part of an attack.
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_VARIATION_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))


def require_repertoire(text: str, *, field: str) -> str:
    """The canonical form of ``text`` if every character of it may stand in a certificate (R2.5.4).

    Raises FORBIDDEN_CHARACTER or NAME_NOT_IN_REPERTOIRE for the first offender, with metadata
    ``position`` (counted from 1 in characters of the canonical form) and ``code_point``
    (``U+XXXX``, two for a variation sequence); the latter also ``candidates``, the substitutes the
    applicant may choose from, without separators. Nothing else of the text is told.
    """
    if REPERTOIRE.issuperset(text):
        # Every form that `canonical` would change is outside the repertoire.
        return text
    text = require_text(text, field=field)
    if not REPERTOIRE.issuperset(text):
        for position, character in enumerate(split(text), start=1):
            if character not in REPERTOIRE:
                refuse_outside(position, character, field=field)
    return text


def require_text(text: str, *, field: str) -> str:
    """The canonical form of ``text``, of whatever characters: a register's set is wider than a
    certificate's. Raises FORBIDDEN_CHARACTER as above: what is no text is in neither."""
    text = canonical(text)
    if REPERTOIRE.issuperset(text):
        return text
    for position, character in enumerate(split(text), start=1):
        if _is_forbidden(character):
            raise OpenJpkiError(
                Reason.FORBIDDEN_CHARACTER,
                f"character {position} ({code_point(character)}) is a control, format, private "
                "or otherwise non-textual code point",
                field=field,
                position=str(position),
                code_point=code_point(character),
            )
    return text


def refuse_outside(position: int, character: str, *, field: str) -> NoReturn:
    """Raises NAME_NOT_IN_REPERTOIRE for a character that no certificate can hold."""
    choices = "".join(candidates(character))
    raise OpenJpkiError(
        Reason.NAME_NOT_IN_REPERTOIRE,
        f"character {position} ({code_point(character)}) is in neither JIS X 0208 nor "
        f"JIS X 0212; substitutes to choose from: {choices or 'kana'}",
        field=field,
        position=str(position),
        code_point=code_point(character),
        candidates=choices,
    )


def code_point(character: str) -> str:
    """``U+9AD9``; a variation sequence is written as its two code points."""
    return " ".join(f"U+{ord(part):04X}" for part in character)


def _is_forbidden(character: str) -> bool:
    # A selector that begins a character has no base.
    return character[0] in _VARIATION_SELECTORS or any(
        unicodedata.category(part) in _FORBIDDEN_CATEGORIES or _is_noncharacter(ord(part))
        for part in character
    )


def _is_noncharacter(code: int) -> bool:
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
