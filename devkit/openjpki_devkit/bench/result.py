"""One measured row, and how two things are measured in turns."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Figure(float):
    """One that whoever measured it has doubts about."""

    doubts: tuple[str, ...] = ()

    @classmethod
    def of(cls, value: float, doubts: Iterable[str]) -> Figure:
        """``doubts``: why it may be of something else than what was measured."""
        made = cls(value)
        made.doubts = tuple(doubts)
        return made


@dataclass(frozen=True, slots=True)
class Result:
    """A figure of ours and the peer's of the same run."""

    id: str
    what: str
    value: float
    unit: str
    peer: str
    peer_value: float
    ratio: float
    """Ours over the peer's; higher is better, whatever the unit."""
    command: str
    """What repeats the peer's figure, or ours where the peer has no command."""
    quartiles: tuple[float, float] | None = None
    """Between which half of the turns' own ratios lie, where there were enough to tell: how far the
    machine, and not what was measured, may have made ``ratio``."""
    repeated: int = 0
    """Turns that were measured again, as there were doubts about one of the two."""
    doubts: tuple[str, ...] = ()
    """About turns that count all the same: each had them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the benchmark: what it measures and how."""

    id: str
    what: str
    measure: Callable[[], list[Result]]
    by_name_only: bool = False
    """Takes gigabytes and minutes: measured when it is asked for, not with all."""


TURNS = 3


def in_turns(
    ours: Callable[[], float], peer: Callable[[], float], turns: int = TURNS
) -> tuple[float, float]:
    """Medians of both figures, measured alternately: ours, peer, ours, peer, …

    A machine that changes its speed during a run then changes it for both.
    """
    pairs, _ = _pairs(ours, peer, turns)
    mine, theirs = zip(*pairs, strict=True)
    return statistics.median(mine), statistics.median(theirs)


def compared(
    *,
    id: str,  # noqa: A002
    what: str,
    unit: str,
    peer: str,
    ours: Callable[[], float],
    theirs: Callable[[], float],
    command: str | None = None,
    turns: int = TURNS,
    less_is_better: bool = False,
) -> Result:
    """Measures both in turns. ``command`` is the row's own where nothing else repeats it.

    The ratio is the median of the turns' own: what stood next to each other is compared, so that a
    machine which is busy for half of the run does not decide. A turn that there are doubts about
    is measured again, up to as many times as there are turns.
    """
    pairs, repeated = _pairs(ours, theirs, turns)
    each = [other / mine if less_is_better else mine / other for mine, other in pairs]
    return Result(
        id=id,
        what=what,
        value=statistics.median(mine for mine, _ in pairs),
        unit=unit,
        peer=peer,
        peer_value=statistics.median(other for _, other in pairs),
        ratio=statistics.median(each),
        command=command or f"make bench ONLY={id}",
        quartiles=_quartiles(each),
        repeated=repeated,
        doubts=tuple(dict.fromkeys(one for pair in pairs for one in _doubts(pair))),
    )


def _quartiles(ratios: list[float]) -> tuple[float, float] | None:
    if len(ratios) <= TURNS:
        return None
    low, _, high = statistics.quantiles(ratios, method="inclusive")
    return low, high


def _pairs(
    ours: Callable[[], float], peer: Callable[[], float], turns: int
) -> tuple[list[tuple[float, float]], int]:
    """The turns that count, and how many were measured again."""
    pairs: list[tuple[float, float]] = []
    repeated = 0
    while len(pairs) < turns:
        pair = ours(), peer()
        if _doubts(pair) and repeated < turns:
            repeated += 1
        else:
            pairs.append(pair)
    return pairs, repeated


def _doubts(pair: tuple[float, float]) -> list[str]:
    return [one for figure in pair if isinstance(figure, Figure) for one in figure.doubts]
