"""What keys are called.

    label      = kind "/" owner "/" generation
    kind       = 1*16( a-z / "-" ), beginning with a letter   ; authority, responder, bridge, ...
    owner      = 1*32( a-z / 0-9 / "-" ), beginning with a letter or digit
    generation = 1*6 digits, no leading zero, from 1

``authority/signing-13/2`` is the second key of Tokyo's authority for signature keys. A generation
is never used twice: a replaced key keeps its label as long as anything it signed is checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from openjpki.errors import OpenJpkiError, Reason

_KIND = re.compile(r"[a-z][a-z-]{0,15}")
_OWNER = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_GENERATION = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True, order=True, slots=True)
class KeyLabel:
    """A key's name: what it is for, whose it is, and which in the row of its successors."""

    kind: str
    owner: str
    generation: int

    def __post_init__(self) -> None:
        """Refuse with ``INVALID_FIELD`` what the grammar does not allow."""
        for name, rule, value in (
            ("kind", _KIND, self.kind),
            ("owner", _OWNER, self.owner),
            ("generation", _GENERATION, str(self.generation)),
        ):
            if not rule.fullmatch(value):
                raise OpenJpkiError(
                    Reason.INVALID_FIELD, f"{name} must match {rule.pattern}", field="label"
                )

    @classmethod
    def parse(cls, text: str) -> KeyLabel:
        """Read ``kind/owner/generation``. Raises ``INVALID_FIELD``."""
        parts = text.split("/")
        if len(parts) != 3 or not _GENERATION.fullmatch(parts[2]):
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "must be kind/owner/generation, e.g. authority/signing-13/1",
                field="label",
            )
        return cls(parts[0], parts[1], int(parts[2]))

    def __str__(self) -> str:
        """The text that :meth:`parse` reads back."""
        return f"{self.kind}/{self.owner}/{self.generation}"
