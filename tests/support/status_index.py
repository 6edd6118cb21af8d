"""One row at a time for the status index, which takes columns."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from openjpki.domain.certificate_status import CertificateStatus

if TYPE_CHECKING:
    from openjpki.signer_core import StatusIndex

LATE = 4_000_000_000
"""An end of validity that never comes."""


def times(*seconds: int) -> bytes:
    """A column of times."""
    return struct.pack(f"<{len(seconds)}q", *seconds)


def generations(*numbers: int) -> bytes:
    """A column of generations."""
    return struct.pack(f"<{len(numbers)}H", *numbers)


def issue(index: StatusIndex, serial: bytes, *, generation: int = 1, not_after: int = LATE) -> None:
    """It was issued."""
    good = bytes([CertificateStatus.GOOD])
    _tell(index, serial, generation, not_after, good, b"\0", 0)


def revoke(
    index: StatusIndex,
    serial: bytes,
    reason: int,
    at: int,
    *,
    generation: int = 1,
    not_after: int = LATE,
) -> None:
    """It was revoked."""
    revoked = bytes([CertificateStatus.REVOKED])
    _tell(index, serial, generation, not_after, revoked, bytes([reason]), at)


def _tell(
    index: StatusIndex,
    serial: bytes,
    generation: int,
    not_after: int,
    status: bytes,
    reason: bytes,
    at: int,
) -> None:
    index.apply(
        serial,
        bytes([len(serial)]),
        generations(generation),
        times(not_after),
        status,
        reason,
        times(at),
    )
