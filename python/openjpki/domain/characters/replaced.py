"""Which characters of the register each substitute (代替文字) of a certificate stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from openjpki.domain.characters.canonical import split
from openjpki.domain.characters.repertoire import REPERTOIRE
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.domain.characters.substitution import Substituted

_RUNS = re.compile("1+|0+")


@dataclass(frozen=True, slots=True, repr=False)
class Replaced:
    """Substitutes side by side, and what they stand for. No ``repr``: personal data."""

    position: int
    """Of the first, in the certified text, counted from 1."""
    certified: str
    registered: str
    """As the register writes it: as many characters, or fewer where kana stand for them."""

    def __repr__(self) -> str:
        return f"Replaced({self.position})"


def replaced(registered: str, certified: Substituted) -> list[Replaced]:
    """What was substituted, in its order; empty where nothing was.

    Of several substitutes in a row it is not said which is for which: kana of one and of the next
    have no border between them. Raises INVALID_FIELD for another text than the certified one is of.
    """
    found: list[Replaced] = []
    runs = ((run[0][0], run.start(), run.end()) for run in _RUNS.finditer(certified.mask))
    for run, of in zip_longest(runs, _alike(registered)):
        if run is None or of is None:
            raise _another()
        mark, begin, end = run
        text = certified.text[begin:end]
        is_certifiable, original = of
        if is_certifiable is (mark == "1") or (is_certifiable and text != original):
            raise _another()
        if mark == "1":
            found.append(Replaced(begin + 1, text, original))
    return found


def _alike(registered: str) -> list[tuple[bool, str]]:
    """Runs of characters that a certificate can hold, and of those that none can."""
    runs: list[tuple[bool, str]] = []
    for character in split(registered):
        certifiable = character in REPERTOIRE
        if runs and runs[-1][0] is certifiable:
            runs[-1] = (certifiable, runs[-1][1] + character)
        else:
            runs.append((certifiable, character))
    return runs


def _another() -> OpenJpkiError:
    return OpenJpkiError(
        Reason.INVALID_FIELD, "is not what the certified text was made of", field="registered"
    )
