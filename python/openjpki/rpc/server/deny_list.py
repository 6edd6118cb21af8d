"""Credentials that are refused although their certificates still hold, as this process knows them.

Somebody else reads the list and replaces it here as a whole, several times a second; it is looked
at on every call and, of streams, while they run.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from openjpki.rpc.identity.peer import CertifiedPeer


class DenyList:
    """What was read last. Before it was read once, and once that is older than ``max_age`` seconds,
    nobody is served: who is denied is not known then."""

    def __init__(self, *, max_age: float, now: Callable[[], float] = monotonic) -> None:
        self._max_age = max_age
        self._now = now
        self._denied: frozenset[str] = frozenset()
        self._told: list[Callable[[frozenset[str], float], None]] = []
        self._read_at: float | None = None

    def replace(self, credentials: Iterable[str]) -> None:
        """Take in what was read: SPIFFE ids, and ``sha256:`` with fingerprints of certificates."""
        self._denied = frozenset(credentials)
        self._read_at = self._now()
        for told in self._told:
            told(self._denied, self._max_age)

    def follow(self, told: Callable[[frozenset[str], float], None]) -> None:
        """Have somebody told of each reading from now on, who holds peers against it himself: with
        the seconds for which it counts."""
        self._told.append(told)

    def check(self, peer: CertifiedPeer) -> None:
        """Raises ``CREDENTIAL_DENIED`` for a peer on the list, ``SERVICE_UNAVAILABLE`` without one
        that is recent enough."""
        if self._read_at is None or self._now() - self._read_at > self._max_age:
            raise OpenJpkiError(
                Reason.SERVICE_UNAVAILABLE, "the list of denied credentials can't be read"
            )
        if peer.identity.spiffe_id in self._denied or peer.fingerprint in self._denied:
            raise OpenJpkiError(Reason.CREDENTIAL_DENIED, "an operator denied this credential")
