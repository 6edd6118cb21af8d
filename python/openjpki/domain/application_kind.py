"""What somebody applies for."""

from __future__ import annotations

from enum import Enum


class ApplicationKind(Enum):
    """What an application is to end in."""

    FIRST_ISSUE = "first_issue"
    """A certificate for who has none that lives."""
    RENEWAL = "renewal"
    """A certificate over a new key in the place of one that is about to expire (R2.7)."""
