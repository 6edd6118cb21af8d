"""What the status feed tells: one thing that happened to one certificate (for R4.1.1).

Whatever is one can be told, has a place in the feed's digest and is taken by a status index: what
can't be is refused where it is made, of a row of the database where that is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openjpki.domain import feed_digest
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.generation import FIRST, HIGHEST
from openjpki.domain.serial import SERIAL_OCTETS, is_serial

if TYPE_CHECKING:
    from datetime import datetime

_REASONS: Final = frozenset({*range(7), 9, 10})
"""CRLReason (RFC 5280 5.3.1); a revocation is for good, so 8 is none."""
_SECONDS: Final = range(1 << 32)
"""Since 1970 UTC: a status index has four octets for them, which last until 2106."""


def require_certificate(serial: bytes, generation: int, not_after: int) -> None:
    """Refuse what no certificate has that a status index knows: ``ValueError``.

    ``not_after``: seconds since 1970 UTC.
    """
    if not 1 <= len(serial) <= SERIAL_OCTETS or not is_serial(int.from_bytes(serial, "big")):
        raise ValueError(f"a serial is positive, and has {SERIAL_OCTETS} octets in DER at most")
    if not FIRST <= generation <= HIGHEST:
        raise ValueError(f"a generation is {FIRST} to {HIGHEST}")
    _require_moment(not_after)


def require_revocation(reason_code: int, at: int) -> None:
    """The same of what a revoked one has beside. ``at``: seconds since 1970 UTC."""
    if reason_code not in _REASONS:
        raise ValueError("a reason is a CRLReason")
    _require_moment(at)


def _require_moment(seconds: int) -> None:
    if seconds not in _SECONDS:
        raise ValueError("a time is of the years 1970 to 2105")


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
        require_certificate(self.serial, self.generation, int(self.not_after.timestamp()))
        if self.status is CertificateStatus.UNKNOWN:
            raise ValueError("nothing happens to a certificate that is not known")
        if self.reason_code and not self.is_revoked:
            raise ValueError("a reason is 0 where issued")
        require_revocation(self.reason_code, int(self.at.timestamp()))

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
