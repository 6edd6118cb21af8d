"""Who can put a refusal right.

Generated from openjpki/api/types/v1/reason.proto by scripts/generate_catalogue.py; do not edit.
"""

from __future__ import annotations

from enum import Enum


class Audience(Enum):
    """Whom a refusal concerns."""

    APPLICANT = 1
    """The person who applies for a certificate or holds one (申請者、署名利用者)."""
    WINDOW_OFFICER = 2
    """The officer at a municipality's window (窓口職員)."""
    VERIFIER = 3
    """A registered verifier's staff (署名検証者)."""
    OPERATOR = 4
    """Those who operate the service (運用機関)."""
    BRIDGE_OFFICER = 5
    """An officer who approves cross-certifications."""
    PARTNER = 6
    """The infrastructure on the other side of the bridge."""
    PROGRAMMER = 7
    """Whoever wrote the calling program: its user can do nothing about it."""
