"""The order in which the pool is given out.

Cross certificates come in pairs, and a validator that takes the first issuer whose name fits and
never turns back (``openssl verify``) ends nowhere when it meets the wrong one of a pair first, or
a self-signed one that is not its anchor. So those that lead away from the governors, whom users
trust, come first, and those that lead back or nowhere last.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.signer_core import PathCertificate

_FAR = 1 << 30


def away_from_anchors(
    anchors: Sequence[PathCertificate], others: Sequence[PathCertificate]
) -> list[PathCertificate]:
    """``others`` with the steps away from ``anchors`` first, nearest first."""
    distances = {one.subject: 0 for one in anchors}
    ahead = deque(distances)
    below: dict[bytes, list[bytes]] = {}
    for one in others:
        below.setdefault(one.issuer, []).append(one.subject)
    while ahead:
        here = ahead.popleft()
        for subject in below.get(here, ()):
            if subject not in distances:
                distances[subject] = distances[here] + 1
                ahead.append(subject)

    def rank(edge: PathCertificate) -> tuple[bool, int]:
        start, end = (distances.get(name, _FAR) for name in (edge.issuer, edge.subject))
        return start >= end, start

    return sorted(others, key=rank)
