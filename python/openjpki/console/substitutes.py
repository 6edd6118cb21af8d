"""Characters that no certificate can hold, and what the applicant may choose instead (代替文字)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.api.types.v1 import person_pb2
from openjpki.domain.characters import REPERTOIRE, candidates, canonical, split
from openjpki.domain.characters.check import code_point

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openjpki.console.forms import Form


@dataclass(frozen=True, slots=True, repr=False)
class Unheld:
    """One of them. No ``repr``: personal data."""

    attribute: str
    """``name`` or ``address``."""
    position: int
    """Counted from 1."""
    character: str
    similar: Sequence[str]
    """May be empty: then it is written in kana."""
    typed: str
    """What was chosen or typed for it; empty until then."""

    @property
    def field(self) -> str:
        """Of the form. By the character too: what was chosen for another is not for this one."""
        return f"{self.attribute}-{self.position}-{code_point(self.character).replace(' ', '.')}"

    def __repr__(self) -> str:
        return f"Unheld({self.attribute}, {self.position})"


def unheld(form: Form) -> list[Unheld]:
    """Those in the name and the address of a form, with what it says for them."""
    return [
        _chosen(Unheld(attribute, position, character, tuple(candidates(character)), ""), form)
        for attribute in ("name", "address")
        for position, character in enumerate(split(canonical(form.text(attribute))), start=1)
        if character not in REPERTOIRE
    ]


def _chosen(one: Unheld, form: Form) -> Unheld:
    # What is typed is meant, whatever is still marked above it.
    typed = form.text(f"{one.field}-kana") or form.text(one.field)
    return Unheld(one.attribute, one.position, one.character, one.similar, typed)


def substitutes(found: Iterable[Unheld], attribute: str) -> list[person_pb2.Substitute]:
    """As a request has them."""
    return [
        person_pb2.Substitute(position=one.position, text=one.typed)
        for one in found
        if one.attribute == attribute
    ]
