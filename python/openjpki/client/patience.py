"""When a run that asks for many lists asks no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import Reason

if TYPE_CHECKING:
    from openjpki.errors import OpenJpkiError

MOST_SLOW = 3
"""Answers in a row that didn't come in time: one list alone may be slow."""


class Patience:
    """Of one run: it ends where nobody is there to answer, or the service has no room."""

    def __init__(self) -> None:
        self._slow = 0

    def is_over(self, why: OpenJpkiError | None) -> bool:
        """After each answer, with what was refused."""
        if why is None or why.reason is not Reason.DEADLINE_EXCEEDED:
            self._slow = 0
            return why is not None and why.reason.retryable
        self._slow += 1
        return self._slow >= MOST_SLOW
