"""The order in which the pool is given out.

Cross certificates come in pairs, and a validator that takes the first issuer whose name fits and
never turns back (``openssl verify``) ends nowhere when it meets the wrong one of a pair first, or
a self-signed one that is not its anchor. So those that lead away from the governors, whom users
trust, come first, and those that lead back or nowhere last.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from cryptography import x509

if TYPE_CHECKING:
    from collections.abc import Sequence

_FAR = 1 << 30


def away_from_anchors(anchors: Sequence[bytes], others: Sequence[bytes]) -> list[bytes]:
    """``others`` (X.509 DER) with the steps away from ``anchors`` first, nearest first."""
    edges = [(der, *_names(der)) for der in others]
    distances = {_names(der)[1]: 0 for der in anchors}
    ahead = deque(distances)
    while ahead:
        here = ahead.popleft()
        for _, issuer, subject in edges:
            if issuer == here and subject not in distances:
                distances[subject] = distances[here] + 1
                ahead.append(subject)

    def rank(edge: tuple[bytes, bytes, bytes]) -> tuple[bool, int]:
        start, end = (distances.get(name, _FAR) for name in edge[1:])
        return start >= end, start

    return [edge[0] for edge in sorted(edges, key=rank)]


def _names(der: bytes) -> tuple[bytes, bytes]:
    """Issuer and subject, DER."""
    certificate = x509.load_der_x509_certificate(der)
    return certificate.issuer.public_bytes(), certificate.subject.public_bytes()
