"""Higher ratios are better, whatever the unit; both sides are measured in turns."""

from __future__ import annotations

import itertools

from openjpki_devkit.bench.rate import median_seconds
from openjpki_devkit.bench.result import compared


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


def test_three_turns_tell_no_quartiles() -> None:
    result = compared(
        id="row", what="", unit="", peer="", ours=lambda: 1.0, theirs=lambda: 1.0, turns=3
    )
    assert result.quartiles is None


def test_a_median_of_calls_is_positive_and_shorter_than_the_whole() -> None:
    assert 0 < median_seconds(lambda: sum(range(1000)), seconds=0.02) < 0.02
