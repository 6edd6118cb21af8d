"""Whom a register file takes out of the register, and whether that can be meant.

A file that was cut short, or whose rows break a rule by thousands, says of everybody else of its
municipality that they left.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

_SHARE: Final = 10
"""More than one in so many leaves nowhere between two loads: moves and deaths of a whole year are
fewer in nearly every municipality."""
_FEW: Final = 10
"""So many may leave a village at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MunicipalityLoad:
    """What a file does to one municipality of the register."""

    municipality_code: str
    residents: int
    """Of the file's, who can be taken."""
    before: int
    """In the register before."""
    leaving: int
    """Of those before, who are in no municipality of the register afterwards."""
    loaded: bool
    """Whether the register has what the file says; otherwise it is as it was, as too many would
    leave."""


def what_is_loaded(
    coming: Mapping[str, str],
    there: Callable[[str], Iterable[str]],
    *,
    although: Collection[str],
) -> list[MunicipalityLoad]:
    """By municipality. ``coming``: municipal code by resident's number, of the file's rows that can
    be taken; ``there``: numbers in the register by municipal code; ``although``: codes that are
    loaded whoever leaves.

    Who moves to a municipality that is not loaded would be in none: they count as leaving.
    """
    arriving = Counter(coming.values())
    before: Counter[str] = Counter()
    going: dict[str, Counter[str | None]] = {code: Counter() for code in arriving}
    for code, to in going.items():
        for number in there(code):
            before[code] += 1
            to[coming.get(number)] += 1
    kept: set[str] = set()
    while True:
        nowhere = {None, *kept}
        leaving = {
            code: sum(count for where, count in to.items() if where in nowhere - {code})
            for code, to in going.items()
        }
        more = {
            code
            for code in arriving.keys() - kept - set(although)
            if leaving[code] > max(_FEW, before[code] // _SHARE)
        }
        if not more:
            break
        kept |= more
    return [
        MunicipalityLoad(
            municipality_code=code,
            residents=arriving[code],
            before=before[code],
            leaving=leaving[code],
            loaded=code not in kept,
        )
        for code in sorted(arriving)
    ]
