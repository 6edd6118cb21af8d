"""Higher ratios are better, whatever the unit; both sides are measured in turns."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from openjpki_devkit.bench.rate import median_seconds
from openjpki_devkit.bench.result import Figure, Result, compared

if TYPE_CHECKING:
    from collections.abc import Callable


def test_rates_and_times_compare_the_same_way_round() -> None:
    for less_is_better, ratio in ((False, 2.0), (True, 0.5)):
        result = compared(
            id="row",
            what="something",
            unit="things",
            peer="somebody",
            ours=lambda: 8.0,
            theirs=lambda: 4.0,
            less_is_better=less_is_better,
        )
        assert (result.value, result.peer_value, result.ratio) == (8.0, 4.0, ratio)
        assert result.command == "make bench ONLY=row"


def test_medians_are_of_turns_taken_alternately() -> None:
    order: list[str] = []
    ours, theirs = itertools.count(1), itertools.count(10)

    def measure(who: str, figures: itertools.count[int]) -> float:
        order.append(who)
        return float(next(figures))

    result = compared(
        id="row",
        what="something",
        unit="things",
        peer="somebody",
        ours=lambda: measure("ours", ours),
        theirs=lambda: measure("theirs", theirs),
        turns=3,
    )
    assert order == ["ours", "theirs"] * 3
    assert (result.value, result.peer_value) == (2.0, 11.0)


def test_what_stood_next_to_each_other_is_compared() -> None:
    """The peer's second turn fell into a busy moment that was over for the third."""
    for less_is_better, ratio in ((False, 10 / 11), (True, 11 / 10)):
        ours, theirs = iter((10.0, 20.0, 30.0)), iter((11.0, 40.0, 31.0))
        result = compared(
            id="row",
            what="something",
            unit="things",
            peer="somebody",
            ours=lambda: next(ours),  # noqa: B023
            theirs=lambda: next(theirs),  # noqa: B023
            turns=3,
            less_is_better=less_is_better,
        )
        assert abs(result.ratio - ratio) < 1e-9
        assert (result.value, result.peer_value) == (20.0, 31.0)


def test_half_of_the_turns_lie_between_the_quartiles() -> None:
    for less_is_better in (False, True):
        ours = iter((1.0, 2.0, 3.0, 4.0, 5.0))
        result = compared(
            id="row",
            what="something",
            unit="things",
            peer="somebody",
            ours=lambda: next(ours),  # noqa: B023
            theirs=lambda: 1.0,
            turns=5,
            less_is_better=less_is_better,
        )
        ratio, quartiles = (1 / 3, (1 / 4, 1 / 2)) if less_is_better else (3.0, (2.0, 4.0))
        assert (result.ratio, result.quartiles) == (ratio, quartiles)


def figures(*each: tuple[float, str]) -> Callable[[], float]:
    """One after the other; a doubt where there is any text."""
    left = iter(each)

    def next_one() -> float:
        value, doubt = next(left)
        return Figure.of(value, [doubt] if doubt else [])

    return next_one


def test_a_turn_in_doubt_is_measured_again_and_the_doubts_that_stay_are_told() -> None:
    ours = figures((1, "busy"), (2, ""), (3, ""), (4, "late"), (5, ""))
    theirs = figures((9, ""), (2, ""), (9, "late"), (4, ""), (5, ""))
    result = measured(ours, theirs, turns=2)
    assert (result.value, result.peer_value, result.repeated) == (3.0, 3.0, 2)
    assert result.doubts == ("late",)
    undoubted = measured(figures((2, ""), (4, "")), figures((1, ""), (1, "")), turns=2)
    assert (undoubted.repeated, undoubted.doubts) == (0, ())


def measured(ours: Callable[[], float], theirs: Callable[[], float], turns: int) -> Result:
    return compared(id="row", what="", unit="", peer="", ours=ours, theirs=theirs, turns=turns)


def test_three_turns_tell_no_quartiles() -> None:
    result = compared(
        id="row", what="", unit="", peer="", ours=lambda: 1.0, theirs=lambda: 1.0, turns=3
    )
    assert result.quartiles is None


def test_a_median_of_calls_is_positive_and_shorter_than_the_whole() -> None:
    assert 0 < median_seconds(lambda: sum(range(1000)), seconds=0.02) < 0.02
