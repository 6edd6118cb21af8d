"""Filling a new index from an authority's snapshot."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.signer_core import StatusIndex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.api.ca.v1 import ca_pb2
    from openjpki.domain.authority import AuthorityId


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An index with every certificate of one authority, as of one position."""

    index: StatusIndex
    sequence: int


def load_snapshot(
    authority_id: AuthorityId, pages: Iterable[ca_pb2.ReadSnapshotResponse]
) -> Snapshot:
    """Take in all pages. Raises ``INTERNAL`` for one that breaks the contract: half a snapshot
    would call issued certificates unknown."""
    index = StatusIndex()
    sequence: int | None = None
    for page in pages:
        if sequence is not None and page.sequence != sequence:
            raise _broken("its pages are of different positions")
        sequence = page.sequence
        apply_columns(
            index,
            authority_id,
            page.serials,
            page.statuses,
            page.reasons,
            page.revoked_at,
        )
    if sequence is None:
        raise _broken("it has no page")
    return Snapshot(index, sequence)


def apply_columns(
    index: StatusIndex,
    authority_id: AuthorityId,
    serials: Iterable[bytes],
    statuses: bytes,
    reasons: bytes,
    revoked_at: Iterable[int],
) -> None:
    """Take in rows, all or none. ``statuses`` as in the contract: 1 good, 2 revoked, which are
    the index's own numbers too. Raises ``INTERNAL``."""
    numbers, times = list(serials), list(revoked_at)
    if not len(numbers) == len(statuses) == len(reasons) == len(times):
        raise _broken("its columns differ in length")
    try:
        index.apply(
            authority_id.number,
            b"".join(numbers),
            bytes(map(len, numbers)),
            statuses,
            reasons,
            struct.pack(f"<{len(times)}q", *times),
        )
    except ValueError as error:
        raise _broken("it holds a value that can't be") from error


def _broken(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INTERNAL, f"the status feed was refused: {rule}")
