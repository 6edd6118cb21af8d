"""Why an application ended without a certificate: kept with it (report 8-1(3), R2.8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from openjpki.errors import OpenJpkiError, Reason

_LONGEST = 200
_OTHER = "OTHER"
"""What the last of each list of reasons is called."""
_NUMBER = re.compile(r"\d{4}")
"""Digits of any script: an individual number, a document's and a year all have as many."""


class RejectionReason(Enum):
    """Why a second officer said no."""

    IDENTITY_NOT_SHOWN = "identity_not_shown"
    """Documents and answers do not show that the applicant is the resident (R2.2.2)."""
    FALSE_APPLICANT = "false_applicant"
    """Somebody else than the resident seems to have applied."""
    STATEMENT_WRONG = "statement_wrong"
    KEY_IN_DOUBT = "key_in_doubt"
    """Not the applicant's, or not made as prescribed (R2.3)."""
    OTHER = "other"


class WithdrawalReason(Enum):
    """Why an applicant took an application back."""

    APPLICANT_WISH = "applicant_wish"
    STATEMENT_WRONG = "statement_wrong"
    OTHER = "other"


EndReason = RejectionReason | WithdrawalReason
_Said = TypeVar("_Said", bound=Enum)


@dataclass(frozen=True, slots=True, repr=False)
class Ending(Generic[_Said]):
    """A reason, and what the officer wrote besides: it may hold what should not be there, so it is
    kept where personal data is, and shown nowhere else."""

    reason: _Said
    explanation: str = ""
    """One line, at most 200 characters."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        if self.reason.name == _OTHER and not self.explanation.strip():
            raise _refused("is needed where the reason is none of those listed")
        # The full-width space is no printable one to Python, and Japanese text has it.
        printable = self.explanation.replace("\u3000", " ").isprintable()
        if len(self.explanation) > _LONGEST or not printable:
            raise _refused("must be one line of at most 200 characters")
        if _NUMBER.search(self.explanation):
            raise _refused("must have no four digits in a row: no number of a person or document")

    def __repr__(self) -> str:
        return f"Ending({self.reason!r})"


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, rule, field="explanation")
