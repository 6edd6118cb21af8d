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
    """It issues, unless the authority's operator has stopped the authority. One generation of an
    authority at most."""
    RETIRING = "retiring"
    """Another one issues; it answers for what it signed until the last of that has expired."""
    ENDED = "ended"
    """Its time is over, or it was given up before it began; it signs nothing."""
    COMPROMISED = "compromised"
    """Somebody else may have its key. All it signed is revoked (R3.1.2b); lists that say so are all
    that it still signs."""
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

MAY_SIGN_CERTIFICATES = frozenset({GenerationState.ACTIVE})
"""States in which users' and cross certificates are signed."""
MAY_SIGN_LISTS = frozenset(
    {GenerationState.ACTIVE, GenerationState.RETIRING, GenerationState.COMPROMISED}
)
"""States in which revocation lists and responders' certificates are signed. With a compromised key
they say that everything it signed is revoked. Whoever has stolen the key can't gain by such a list:
a verifier that does not believe it trusts the key as little."""
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
    def may_sign_certificates(self) -> bool:
        """Whether it signs users' and cross certificates."""
        return self.state in MAY_SIGN_CERTIFICATES

    @property
    def may_sign_lists(self) -> bool:
        """Whether it signs lists and responders' certificates."""
        return self.state in MAY_SIGN_LISTS

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
