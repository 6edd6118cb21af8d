"""How a quota's number stands."""

from __future__ import annotations

import pytest

from openjpki.domain.agreements.standing import Standing, worst_of


@pytest.mark.parametrize(
    ("taken", "most", "stands"),
    [
        (0, 1, Standing.WITHIN),
        (1, 1, Standing.REACHED),
        (79, 100, Standing.WITHIN),
        (80, 100, Standing.NEAR),
        (99, 100, Standing.NEAR),
        (100, 100, Standing.REACHED),
        # Lowered meanwhile, or told where it only reports.
        (101, 100, Standing.REACHED),
        # Where floating point would round it up.
        (8 * 10**14 - 1, 10**15, Standing.WITHIN),
    ],
)
def test_four_fifths_are_near_and_all_is_reached(taken: int, most: int, stands: Standing) -> None:
    assert Standing.of(taken, most) is stands


def test_the_worst_number_says_how_a_quota_stands() -> None:
    within, near, reached = Standing
    assert worst_of([within, within]) is None
    assert worst_of([near, within]) is near
    assert worst_of([near, reached, within]) is reached
