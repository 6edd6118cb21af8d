"""The authorities that ca names, and the generations of their keys that answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from openjpki.domain.authority import AuthorityId
    from openjpki.x509.ocsp import IssuerHashes


@dataclass(frozen=True, slots=True)
class AuthorityGeneration:
    """A generation of an authority's key: who signed a certificate."""

    authority_id: AuthorityId
    generation: int
    certificate: bytes
    """Self-signed, DER."""
    hashes: IssuerHashes
    """As CertIDs name it."""
    active: bool
    """Whether its authority issues now."""
    response_lifetime: timedelta
    """From when an answer is made to its nextUpdate, at most, as the authority's policy says."""
    max_staleness: timedelta
    """How long a replica answers without hearing from the authority, as its policy says."""


@dataclass(frozen=True, slots=True)
class NamedAuthority:
    """An authority as ca names it."""

    authority_id: AuthorityId
    generations: tuple[AuthorityGeneration, ...]
    """Those that answer for what they signed. They have one name, and only the key's hash in a
    CertID says which of them is meant."""
    max_staleness: timedelta
    """As in each generation."""


class Authorities:
    """What ca named last. Read by any number of threads, replaced as a whole by one."""

    def __init__(self) -> None:
        self.generations: tuple[AuthorityGeneration, ...] = ()
        """Of every authority."""

    def replace(self, named: Sequence[NamedAuthority]) -> None:
        """Take in which there are."""
        self.generations = tuple(each for one in named for each in one.generations)
