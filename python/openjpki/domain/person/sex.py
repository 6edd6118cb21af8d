"""The entry for the sex (男女の別) as the certificate codes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True, repr=False)
class Sex:
    """One ASCII digit: ``1`` male, ``2`` female; others only where the policy lists them."""

    code: str

    def __post_init__(self) -> None:
        if len(self.code) != 1 or self.code not in "0123456789":
            raise OpenJpkiError(Reason.INVALID_FIELD, "must be one digit", field="sex")

    @classmethod
    def parse(cls, code: str, *, allowed: Collection[str] = ("1", "2"), field: str = "sex") -> Sex:
        """Raises INVALID_FIELD unless ``code`` is among ``allowed``, the policy's sexes."""
        if code not in allowed:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, f"must be one of {', '.join(sorted(allowed))}", field=field
            )
        return cls(code)

    def __repr__(self) -> str:
        return "Sex(1 digit)"


MALE = Sex("1")
FEMALE = Sex("2")
