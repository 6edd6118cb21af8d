"""Finding candidate paths from a trust anchor to a certificate (RFC 4158).

Built from the target upwards, shortest paths first. A breadth-first walk downwards from the anchor
first gives every certificate its least distance by names and key identifiers, so that the search
only enters what can still arrive in time: in a mesh of hundreds of authorities the number of paths
grows exponentially, the number of distances does not.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.pki_path.signatures import Signature

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openjpki.pki_path.certificate import PathCertificate
    from openjpki.pki_path.pool import CertificatePool


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a search may cost."""

    max_length: int = 10
    """Certificates on a path, the anchor not counted."""
    max_paths: int = 64
    """Candidates given out."""
    max_steps: int = 20_000
    """Certificates looked at."""


@dataclass(slots=True)
class Search:
    """One search. Iterate it for candidate paths; then look at ``exhausted``.

    A path is a tuple of certificates from the one the anchor issued down to the target; the order
    of candidates depends on nothing but the inputs. Every signature on it has been checked, except
    where only the whole path can tell (``Signature.UNKNOWN``).
    """

    pool: CertificatePool
    anchor: PathCertificate
    target: PathCertificate
    at: datetime
    """Certificates valid then are tried first. Nothing is left out for being expired."""
    limits: Limits = Limits()
    steps: int = 0
    exhausted: bool = False
    """Whether a limit ended the search before every path had been seen."""

    def __iter__(self) -> Iterator[tuple[PathCertificate, ...]]:
        distances = self._distances()
        least = self._distance(self.target, distances)
        found = 0
        if least is None:
            return
        for length in range(least, self.limits.max_length + 1):
            entities = {self.anchor.entity, self.target.entity}
            for path in self._climb((self.target,), entities, length, distances):
                yield path
                found += 1
                if found >= self.limits.max_paths:
                    self.exhausted = True
                    return
            if self.exhausted:
                return

    def _climb(
        self,
        path: tuple[PathCertificate, ...],
        entities: set[tuple[str, bytes]],
        length: int,
        distances: dict[bytes, int],
    ) -> Iterator[tuple[PathCertificate, ...]]:
        """Paths of exactly ``length`` certificates that end in ``path``."""
        self.steps += 1
        if self.steps > self.limits.max_steps:
            self.exhausted = True
            return
        top = path[0]
        if len(path) == length:
            if self._issued(self.anchor, top):
                yield path
            return
        for issuer in self._issuers(top):
            distance = distances.get(issuer.digest)
            if distance is None or len(path) + distance > length or issuer.entity in entities:
                continue
            if not self._issued(issuer, top):
                continue
            yield from self._climb((issuer, *path), entities | {issuer.entity}, length, distances)
            if self.exhausted:
                return

    def _issued(self, issuer: PathCertificate, subject: PathCertificate) -> bool:
        return (
            issuer.may_have_issued(subject)
            and self.pool.signature(issuer, subject) is not Signature.BAD
        )

    def _issuers(self, certificate: PathCertificate) -> list[PathCertificate]:
        moment = self.at.timestamp()

        def preference(issuer: PathCertificate) -> tuple[bool, bool, float, bytes]:
            return (
                not issuer.not_before <= moment <= issuer.not_after,
                issuer.key_id is None or issuer.key_id != certificate.issuer_key_id,
                -issuer.not_after,
                issuer.digest,
            )

        issuers = self.pool.named(certificate.issuer)
        return sorted((one for one in issuers if one.may_have_issued(certificate)), key=preference)

    def _distances(self) -> dict[bytes, int]:
        """Least number of certificates from the anchor to each, itself included, in the pool."""
        distances: dict[bytes, int] = {}
        walked = {self.anchor.entity}
        ahead = deque([(self.anchor, 0)])
        while ahead:
            issuer, distance = ahead.popleft()
            if distance >= self.limits.max_length:
                continue
            for certificate in self.pool.issued_by(issuer.subject):
                if certificate.digest in distances or not issuer.may_have_issued(certificate):
                    continue
                distances[certificate.digest] = distance + 1
                if certificate.entity not in walked:
                    walked.add(certificate.entity)
                    ahead.append((certificate, distance + 1))
        return distances

    def _distance(self, target: PathCertificate, distances: dict[bytes, int]) -> int | None:
        """The target need not be in the pool."""
        if self.anchor.may_have_issued(target):
            return 1
        issuers = [distances.get(issuer.digest) for issuer in self._issuers(target)]
        reached = [distance for distance in issuers if distance is not None]
        return min(reached) + 1 if reached else None
