"""What stands for all that a status feed has told up to a position: a chain of digests.

    d(0) = 32 octets of zero
    d(n) = SHA-256(TAG || d(n-1) || event n)

    event = serial's length (1 octet) || serial || generation (2) || not_after (8)
            || status (1) || reason (1) || revoked_at (8)

Numbers are big-endian; times are seconds since 1970 UTC, and ``revoked_at`` is 0 unless revoked. An
event's position is not among them: it is how often the chain has been continued.
"""

from __future__ import annotations

import hashlib
import struct

TAG = b"openjpki.status-feed.1\x00"
LENGTH = 32
START = bytes(LENGTH)
"""Where a chain begins."""

_FIXED = struct.Struct(">HqBBq")


def event_octets(
    serial: bytes, generation: int, not_after: int, status: int, reason: int, revoked_at: int
) -> bytes:
    """An event as the chain has it. Raises ``ValueError`` or ``struct.error`` for a value that does
    not fit."""
    fixed = _FIXED.pack(generation, not_after, status, reason, revoked_at)
    return bytes((len(serial),)) + serial + fixed


def continued(digest: bytes, event: bytes) -> bytes:
    """The chain after one event more."""
    return hashlib.sha256(TAG + digest + event).digest()
