"""Filling a new index from an authority's snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.certificate_status import CertificateStatus
from openjpki.services.ocsp.status.rows import Rows, apply_rows, refused
from openjpki.signer_core import StatusIndex

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from openjpki.services.ocsp.status.conversions import SnapshotPage


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An index with every certificate of one authority, as of one position."""

    index: StatusIndex
    sequence: int
    digest: bytes
    """Of all that the feed had told up to that position; empty where ca keeps none."""
    kept: int
    """Certificates that it has as good and the index before had as revoked: they stay revoked."""


class TooManyCertificatesError(Exception):
    """An authority has more than a replica takes of one: whoever has ca's credential must not fill
    its memory."""


def load_snapshot(
    pages: Iterable[SnapshotPage],
    most: int,
    before: StatusIndex | None = None,
    unconfirmed: Container[bytes] = (),
) -> Snapshot:
    """Take in all pages.

    ``before``: the index whose place it takes. A revocation is for good: what ca has forgotten of
    those that it has is kept, as long as the process lives; but not of those that are
    ``unconfirmed``, which the feed tells again. Raises ``INTERNAL`` for a page that breaks the
    contract: half a snapshot would call issued certificates unknown;
    :class:`TooManyCertificatesError` as soon as there are more than ``most``.
    """
    index = StatusIndex()
    sequence, digest = None, b""
    rows, kept, is_over = 0, 0, False
    for page in pages:
        if is_over:
            # Pages without rows pass no bound: they would have no end.
            raise refused("it goes on after a page without rows")
        if sequence is not None and (page.sequence, page.digest) != (sequence, digest):
            raise refused("its pages are of different positions")
        sequence, digest = page.sequence, page.digest
        # Rows, not what is in the index: the same ones again and again would have no end.
        rows += len(page.rows.serials)
        if rows > most:
            raise TooManyCertificatesError(f"more than {most} of one authority")
        apply_rows(index, page.rows, filling=True)
        if before is not None:
            again = _forgotten(page.rows, before, unconfirmed)
            apply_rows(index, again, filling=True)
            kept += len(again.serials)
        is_over = not page.rows.serials
    if sequence is None:
        raise refused("it has no page")
    index.settle()
    return Snapshot(index, sequence, digest, kept)


def _forgotten(rows: Rows, before: StatusIndex, unconfirmed: Container[bytes]) -> Rows:
    """Those that are good in a snapshot and were revoked, as they were."""
    statuses, reasons, revoked_at = before.lookup_batch(list(rows.serials))
    good, revoked = CertificateStatus.GOOD, CertificateStatus.REVOKED
    places = [
        place
        for place, (now, then) in enumerate(zip(rows.statuses, statuses, strict=True))
        if now == good and then == revoked and rows.serials[place] not in unconfirmed
    ]
    return Rows(
        serials=[rows.serials[one] for one in places],
        generations=[rows.generations[one] for one in places],
        not_after=[rows.not_after[one] for one in places],
        statuses=bytes(revoked for _ in places),
        reasons=bytes(reasons[one] for one in places),
        revoked_at=[revoked_at[one] for one in places],
    )
