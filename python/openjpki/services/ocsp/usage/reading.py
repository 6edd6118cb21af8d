"""Counts as the signing core has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.agreements import Way
from openjpki.domain.authority import AuthorityId
from openjpki.domain.usage import Counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openjpki.signer_core import UsageCount


def counts_of(counts: Iterable[UsageCount]) -> Iterator[tuple[Counted, int]]:
    """Each with its total. Raises ``INVALID_FIELD`` for an authority that is none."""
    for verifier_id, authority_id, way, total in counts:
        yield Counted(verifier_id, AuthorityId.parse(authority_id), Way(way)), total
