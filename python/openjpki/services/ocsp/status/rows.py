"""Certificates and their statuses in columns, as snapshots and events of the feed carry them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain import feed_digest
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.signer_core import StatusIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All columns have one length."""

    serials: Sequence[bytes]
    generations: Sequence[int]
    not_after: Sequence[int]
    """Seconds since 1970 UTC."""
    statuses: bytes
    """One octet each: :class:`~openjpki.domain.certificate_status.CertificateStatus`."""
    reasons: bytes
    """One octet each: CRLReason; 0 unless revoked."""
    revoked_at: Sequence[int]
    """Seconds since 1970 UTC; 0 unless revoked."""

    def __post_init__(self) -> None:
        """Refuse columns of different lengths: ``INTERNAL``."""
        others = self.generations, self.not_after, self.statuses, self.reasons, self.revoked_at
        if any(len(column) != len(self.serials) for column in others):
            raise refused("its columns differ in length")

    def without_first(self, count: int) -> Rows:
        """The rows after so many."""
        return Rows(
            serials=self.serials[count:],
            generations=self.generations[count:],
            not_after=self.not_after[count:],
            statuses=self.statuses[count:],
            reasons=self.reasons[count:],
            revoked_at=self.revoked_at[count:],
        )

    def only(self, places: Sequence[int]) -> Rows:
        """The rows at these places."""
        return Rows(
            serials=[self.serials[one] for one in places],
            generations=[self.generations[one] for one in places],
            not_after=[self.not_after[one] for one in places],
            statuses=bytes(self.statuses[one] for one in places),
            reasons=bytes(self.reasons[one] for one in places),
            revoked_at=[self.revoked_at[one] for one in places],
        )


def apply_rows(index: StatusIndex, rows: Rows, *, filling: bool = False) -> None:
    """Take in rows, all or none. ``filling``: into an index that nobody asks yet, until it is
    settled. Raises ``INTERNAL`` for one that can't be."""
    # A message makes octets anew each time that it is gone through.
    serials = list(rows.serials)
    count = len(serials)
    try:
        index.apply(
            b"".join(serials),
            bytes(map(len, serials)),
            struct.pack(f"<{count}H", *rows.generations),
            struct.pack(f"<{count}q", *rows.not_after),
            rows.statuses,
            rows.reasons,
            struct.pack(f"<{count}q", *rows.revoked_at),
            filling=filling,
        )
    except (ValueError, struct.error) as error:
        raise refused("it holds a value that can't be") from error


def digest_after(digest: bytes, rows: Rows) -> bytes:
    """A feed's digest after these events more. Raises ``INTERNAL`` for one that can't be."""
    columns = (
        rows.serials,
        rows.generations,
        rows.not_after,
        rows.statuses,
        rows.reasons,
        rows.revoked_at,
    )
    try:
        for event in zip(*columns, strict=True):
            digest = feed_digest.continued(digest, feed_digest.event_octets(*event))
    except (ValueError, struct.error) as error:
        raise refused("it holds a value that can't be") from error
    return digest


def refused(rule: str) -> OpenJpkiError:
    """What a feed is refused with that breaks its contract."""
    return OpenJpkiError(Reason.INTERNAL, f"the status feed was refused: {rule}")
