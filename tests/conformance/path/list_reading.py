"""RFC 5280 6.3.3 read plainly: what the lists of a ``ListMix`` say of its certificate.

Beside the RFC four rules of docs/path-validation.md: of the lists of a row the highest number
counts, a list that has no higher number than one before it shows of nobody that he is good, a
delta list revokes though its base is not at hand, and whoever is on a list that may not be used is
not good by another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge.certificates import AT
from tests.conformance.path.list_mixes import ALL, SERIAL, Point, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tests.conformance.path.list_mixes import Entry, Listed, ListMix

_REMOVED: Final = 8
_ANYWHERE: Final = Scope()


def reading(mix: ListMix) -> str:
    """``good``, ``revoked`` or ``unknown``."""
    covered: frozenset[int] = frozenset()
    doubted = False
    signed = [one for one in mix.lists if one.signer == one.issuer]
    # The point that 6.3.3 assumes beside those of the certificate: its issuer's lists.
    for point in (*mix.points, Point(None, None, None)):
        told = [one for one in signed if _is_told(one, point, authority=mix.authority)]
        for row in {(one.issuer, one.scope) for one in told}:
            of_row = [one for one in signed if (one.issuer, one.scope) == row]
            said = _row_says(of_row)
            if said == "revoked":
                return "revoked"
            doubted |= any(_in_doubt(one, of_row) for one in of_row)
            if said == "good":
                covered |= ((row[1] or _ANYWHERE).reasons or ALL) & (point.reasons or ALL)
    return "good" if covered == ALL and not doubted else "unknown"


def _is_told(listed: Listed, point: Point, *, authority: bool) -> bool:
    """6.3.3 (b)."""
    scope = listed.scope or _ANYWHERE
    if listed.issuer != (point.issuer or "A") or (point.issuer and not scope.indirect):
        return False
    if scope.attributes or (scope.users and authority) or (scope.authorities and not authority):
        return False
    return scope.names is None or bool(set(point.names or ()) & set(scope.names))


def _row_says(row: list[Listed]) -> str:
    """What lists of one issuer and scope say, whoever they are told to."""
    # 5.2, 5.3: what has a critical extension that nobody knows determines no status.
    now = [one for one in row if _is_now(one) and not one.unknown]
    complete = [one for one in now if one.base is None]
    counting = max(complete, key=_place, default=None)
    if any(_revokes(one) for one in _standing([one for one in now if one.base], counting)):
        return "revoked"
    if counting is None:
        return "unknown"
    alike = [one for one in complete if _place(one) == _place(counting)]
    # A later list of a lower number: what it revokes is revoked.
    later = [one for one in complete if one.since > counting.since]
    if any(_revokes(one) for one in later):
        return "revoked"
    # 6.3.3 (c), (i) to (k).
    deltas = [
        one for one in now if one.base is not None and one.base <= counting.number < one.number
    ]
    newest = max(deltas, key=_place, default=None)
    last = [one for one in deltas if newest and _place(one) == _place(newest)]
    # 5.2.3: complete lists and deltas have one sequence of numbers.
    before = [one for one in row if one.since < counting.since]
    rising = all(one.number < counting.number for one in before)
    # What was made before the complete list takes nothing of it away.
    removed = bool(last) and all(
        one.since >= counting.since and _about(one.entries) for one in last
    )
    if any(map(_revokes, alike)) and not (removed and rising):
        return "revoked"
    return "good" if rising else "unknown"


def _in_doubt(listed: Listed, row: list[Listed]) -> bool:
    """Whether one that may not be used has the certificate, and none that may came after it."""
    if not (listed.unknown and _is_now(listed) and _revokes(listed)):
        return False
    known = [one for one in row if _is_now(one) and not one.unknown]
    counting = max((one for one in known if one.base is None), key=_place, default=None)
    if listed.base is not None:
        deltas = [one for one in known if one.base is not None]
        return listed in _standing([listed, *deltas], counting)
    if counting is None or _place(listed) >= _place(counting):
        return True
    return listed.since > counting.since


def _standing(deltas: list[Listed], complete: Listed | None) -> Iterator[Listed]:
    """The deltas whose revocations count, whether their base is there or not (6.3.3 (c) asks for
    issuer and scope alone): those that neither the complete list nor a newer delta came after. A
    newer one says what changed since its base."""

    def since(delta: Listed) -> int:
        return max(delta.base or 0, complete.number if complete else 0)

    def follows(one: Listed, other: Listed) -> bool:
        return one.since > other.since or _place(one) == _place(other)

    for one in deltas:
        if complete and one.number <= complete.number and not follows(one, complete):
            continue
        told = (
            other
            for other in deltas
            if since(other) <= since(one)
            and not (complete and other.number <= complete.number and not follows(other, complete))
        )
        if follows(one, max(told, key=_place)):
            yield one


def _place(listed: Listed) -> tuple[int, datetime]:
    """By which of a row one counts; several of one place do."""
    return listed.number, listed.since


def _is_now(listed: Listed) -> bool:
    return listed.since <= AT < listed.until


def _about(entries: Iterable[Entry]) -> list[Entry]:
    return [one for one in entries if (one.serial, one.issuer) == (SERIAL, "A")]


def _revokes(listed: Listed) -> bool:
    return any(one.reason != _REMOVED for one in _about(listed.entries))
