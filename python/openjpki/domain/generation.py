"""The generations of an authority's key (R9.2.4b: valid ten years, replaced every five).

An authority keeps its name; its key is replaced. Two generations have one DN, so neither a name
nor the authority's id says which key signed: the generation does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId

FIRST = 1
"""The number that an authority is made with."""
HIGHEST = 65535
"""The highest number of a generation: a status index has two octets for it."""


class GenerationState(StrEnum):
    """Where a generation is in its life; the value stands in storage."""

    PLANNED = "planned"
    """Its key and certificate are made; it signs nothing yet."""
    ACTIVE = "active"
    """It issues. One generation of an authority at most."""
    RETIRING = "retiring"
    """Another one issues; it answers for what it signed until the last of that has expired."""
    ENDED = "ended"
    """Its time is over, or it was given up before it began; it signs nothing."""
    COMPROMISED = "compromised"
    """Somebody else may have its key. All it signed is revoked (R3.1.2b); it says so, no more."""
    LOST = "lost"
    """Its key can't be used (R3.1.2e). It signs nothing; what it signed is revoked, which verifiers
    learn from the status feed, as no list can be signed."""


_NEXT = {
    GenerationState.PLANNED: {
        GenerationState.ACTIVE,
        GenerationState.ENDED,
        GenerationState.COMPROMISED,
        GenerationState.LOST,
    },
    GenerationState.ACTIVE: {
        GenerationState.RETIRING,
        GenerationState.COMPROMISED,
        GenerationState.LOST,
    },
    GenerationState.RETIRING: {
        GenerationState.ENDED,
        GenerationState.COMPROMISED,
        GenerationState.LOST,
    },
    GenerationState.LOST: {GenerationState.COMPROMISED, GenerationState.ENDED},
    # A key that turns up elsewhere after its end still signs what old software believes.
    GenerationState.ENDED: {GenerationState.COMPROMISED},
    GenerationState.COMPROMISED: set[GenerationState](),
}
"""Which states may follow which."""

ISSUES = frozenset({GenerationState.ACTIVE})
"""States in which users' and cross certificates are signed."""
ANSWERS = frozenset({GenerationState.ACTIVE, GenerationState.RETIRING, GenerationState.COMPROMISED})
"""States in which revocation lists and responders' certificates are signed. Of a compromised key
they can only say that all is revoked: who believes it less than that loses nothing."""
ANCHORS = frozenset({GenerationState.ACTIVE, GenerationState.RETIRING})
"""States in which a path may begin with its certificate. What nobody can revoke with the key that
signed it (lost), or anybody could have signed (compromised), is no beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One generation of one authority's key."""

    authority_id: AuthorityId
    number: int
    """From 1 within the authority; a higher one is a later one."""
    certificate: bytes
    """Self-signed, X.509 DER."""
    key_label: str
    not_before: datetime
    not_after: datetime
    """Both as in the certificate."""
    state: GenerationState

    def __post_init__(self) -> None:
        """Refuse a number that no generation has, and an end that is no end: ``INVALID_FIELD``."""
        if not FIRST <= self.number <= HIGHEST:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, f"must be {FIRST} to {HIGHEST}", field="generation.number"
            )
        if self.not_before >= self.not_after:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "must be after not_before", field="generation.not_after"
            )

    @property
    def issues(self) -> bool:
        """Whether it signs users' and cross certificates."""
        return self.state in ISSUES

    @property
    def answers(self) -> bool:
        """Whether it signs lists and responders' certificates."""
        return self.state in ANSWERS

    @property
    def is_anchor(self) -> bool:
        """Whether a path may begin with its certificate."""
        return self.state in ANCHORS


def require_next(now: GenerationState, then: GenerationState) -> GenerationState:
    """``then``, if it may follow ``now``. Raises ``WRONG_STATE``."""
    if then not in _NEXT[now]:
        raise OpenJpkiError(
            Reason.WRONG_STATE, f"a {now} generation can't become {then}", field="state"
        )
    return then
