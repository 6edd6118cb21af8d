"""Filling a new index from an authority's snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.services.ocsp.status.rows import apply_rows, refused
from openjpki.signer_core import StatusIndex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.services.ocsp.status.conversions import SnapshotPage


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An index with every certificate of one authority, as of one position."""

    index: StatusIndex
    sequence: int
    digest: bytes
    """Of all that the feed had told up to that position; empty where ca keeps none."""


class TooManyCertificatesError(Exception):
    """An authority has more than a replica takes of one: whoever has ca's credential must not fill
    its memory."""


def load_snapshot(pages: Iterable[SnapshotPage], most: int) -> Snapshot:
    """Take in all pages. Raises ``INTERNAL`` for one that breaks the contract: half a snapshot
    would call issued certificates unknown; :class:`TooManyCertificatesError` as soon as there are
    more than ``most``."""
    index = StatusIndex()
    sequence, digest = None, b""
    rows, is_over = 0, False
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
        apply_rows(index, page.rows)
        is_over = not page.rows.serials
    if sequence is None:
        raise refused("it has no page")
    return Snapshot(index, sequence, digest)
