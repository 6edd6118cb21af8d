"""What the status feed tells: one thing that happened to one certificate (for R4.1.1).

Whatever is one can be told, and has a place in the feed's digest: what can't be is refused where it
is made, of a row of the database where that is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openjpki.domain import feed_digest
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.generation import FIRST, HIGHEST
from openjpki.domain.serial import SERIAL_OCTETS

if TYPE_CHECKING:
    from datetime import datetime

_REASONS: Final = frozenset({*range(7), 9, 10})
"""CRLReason (RFC 5280 5.3.1); a revocation is for good, so 8 is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """One that has no place in a feed yet."""

    serial: bytes
    generation: int
    """Of the authority's key that signed it."""
    not_after: datetime
    status: CertificateStatus
    """GOOD: it was issued. REVOKED: it was revoked."""
    reason_code: int = 0
    """CRLReason; 0 where issued."""
    at: datetime

    def __post_init__(self) -> None:
        """Refuse what nobody could be told: ``ValueError``. A program's fault, or a row's."""
        if not 1 <= len(self.serial) <= SERIAL_OCTETS:
            raise ValueError(f"a serial has 1 to {SERIAL_OCTETS} octets")
        if not FIRST <= self.generation <= HIGHEST:
            raise ValueError(f"a generation is {FIRST} to {HIGHEST}")
        if self.status is CertificateStatus.UNKNOWN:
            raise ValueError("nothing happens to a certificate that is not known")
        if self.reason_code not in (_REASONS if self.is_revoked else {0}):
            raise ValueError("a reason is a CRLReason, and 0 where issued")
        if self.not_after.timestamp() < 0 or self.at.timestamp() < 0:
            raise ValueError("a time is not before 1970")

    @property
    def is_revoked(self) -> bool:
        """Whether it ended; else it was issued."""
        return self.status is CertificateStatus.REVOKED

    def octets(self) -> bytes:
        """As the feed's digest has it."""
        return feed_digest.event_octets(
            self.serial,
            self.generation,
            int(self.not_after.timestamp()),
            self.status,
            self.reason_code,
            int(self.at.timestamp()) if self.is_revoked else 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(NewEvent):
    """An event with its place in the feed."""

    sequence: int
