"""A key that an officer is known by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.officers.officer import Officer


class KeyState(Enum):
    """What the register says of an officer's key; its times are another matter."""

    ENROLLED = "enrolled"
    """Two operators enrolled it."""
    SUSPENDED = "suspended"
    """One operator asked for its revocation; nothing it signs counts until another decided."""
    REVOKED = "revoked"
    """For good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledKey:
    """One officer's key, as the register has it."""

    officer: Officer
    spki_der: bytes
    key_sha256: bytes
    """Of ``spki_der``; 32 octets. No other officer has, or had, this key."""
    state: KeyState
    not_before: datetime
    """Aware. What is signed earlier doesn't count."""
    not_after: datetime
    """Aware. From then on nothing counts; a renewal brings it nearer."""

    def holds_at(self, moment: datetime) -> bool:
        """Whether the moment is within its times."""
        return self.not_before <= moment < self.not_after
