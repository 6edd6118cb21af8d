"""The digest of a segment of the journal: SHA-256, chained over its entries.

It begins with the digest of the segment before (32 zero octets for the first) and the segment's own
name; each entry's octets are hashed together with the digest so far. Octets: every part in turn as
its length in four octets, big-endian, and its UTF-8; numbers in decimal, moments in UTC with
microseconds. The same on every database, so that an auditor can compute it from an export.
"""

from __future__ import annotations

import hashlib
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.retention import RetentionClass
    from openjpki.storage.kernel.unreadable import StoredRow

NO_SEGMENT = bytes(32)
"""Stands where the first segment would have the digest of the one before."""
_FORM = "openjpki journal segment 1"


class SegmentDigest:
    """The digest of a segment whose entries are added in order."""

    def __init__(self, stream: str, retention: RetentionClass, number: int, before: bytes) -> None:
        """``before``: the digest of the segment before it."""
        head = _octets(_FORM, stream, retention.value, str(number))
        self.value = hashlib.sha256(before + head).digest()
        """Of all that was added so far, 32 octets."""

    def add(self, entry: StoredRow) -> None:
        """Take the next row of the journal in, as it is stored. Raises one of
        :data:`~openjpki.storage.kernel.unreadable.NOT_READ` for one that no service wrote."""
        octets = _octets(
            str(entry.number),
            moment_of(entry),
            entry.act,
            entry.actor,
            entry.subject,
            entry.details,
        )
        self.value = hashlib.sha256(self.value + octets).digest()


def moment_of(entry: StoredRow) -> str:
    """When it was entered, as the digest has it."""
    at: datetime = entry.at
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _octets(*parts: str) -> bytes:
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
