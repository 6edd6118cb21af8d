"""Substitute characters (代替文字): which there are, and a text with the marks where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jntajis import MJShrinkSchemeCombo, mj_shrink_candidates

from openjpki.domain.characters.canonical import split
from openjpki.domain.characters.repertoire import REPERTOIRE
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from typing import Self

_ALL_SCHEMES = (
    MJShrinkSchemeCombo.JIS_INCORPORATION_UCS_UNIFICATION_RULE
    | MJShrinkSchemeCombo.INFERENCE_BY_READING_AND_GLYPH
    | MJShrinkSchemeCombo.MOJ_NOTICE_582
    | MJShrinkSchemeCombo.MOJ_FAMILY_REGISTER_ACT_RELATED_NOTICE
)


def candidates(character: str) -> tuple[str, ...]:
    """Characters of the repertoire that the MJ reduction map offers for ``character``, best first.

    ``character`` is one character, maybe a variation sequence, whose base then comes first. Empty
    where the map knows none: kana remain (R2.5.4). Never contains ``character`` itself.
    """
    base = character[:1]
    if not base:
        return ()
    offered = [base, *mj_shrink_candidates(base, _ALL_SCHEMES)]
    return tuple(
        dict.fromkeys(other for other in offered if other != character and other in REPERTOIRE)
    )


@dataclass(frozen=True, slots=True)
class Substituted:
    """A certified text and the mask that marks its substituted characters.

    ``mask`` has one ASCII ``0`` (as registered) or ``1`` (substitute) per character of ``text``;
    the two go into the certificate as a pair of otherNames. Raises INVALID_FIELD otherwise.
    """

    text: str
    mask: str

    def __post_init__(self) -> None:
        _check_mask(self.text, self.mask, field="mask")

    @classmethod
    def parse(cls, text: str, mask: str, *, field: str) -> Self:
        """As above, with the name of the mask's field in the refusal."""
        _check_mask(text, mask, field=field)
        return cls(text, mask)

    @classmethod
    def unchanged(cls, text: str) -> Self:
        """``text`` as it stands in the register: a mask of zeros."""
        return cls(text, "0" * len(split(text)))

    def __repr__(self) -> str:
        return f"Substituted({len(self.mask)} characters, {self.mask.count('1')} substituted)"


def _check_mask(text: str, mask: str, *, field: str) -> None:
    if len(mask) != len(split(text)):
        raise OpenJpkiError(Reason.INVALID_FIELD, "must have one digit per character", field=field)
    if not frozenset(mask) <= {"0", "1"}:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must hold only 0 and 1", field=field)
