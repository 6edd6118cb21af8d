"""How many would leave by a register file, and which municipalities stay as they were for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.services.registration.register.leaving import what_is_loaded

if TYPE_CHECKING:
    from collections.abc import Iterable


def people(of: str, count: int, begin: int = 0) -> list[str]:
    return [f"{of}{n}" for n in range(begin, begin + count)]


def loaded(
    there: dict[str, list[str]], coming: dict[str, list[str]], although: Iterable[str] = ()
) -> dict[str, tuple[int, bool]]:
    """By municipality: how many leave, and whether it is loaded."""
    found = what_is_loaded(
        {one: code for code, ones in coming.items() for one in ones},
        lambda code: there.get(code, []),
        although=set(although),
    )
    assert [(one.residents, one.before) for one in found] == [
        (len(coming[one.municipality_code]), len(there.get(one.municipality_code, [])))
        for one in found
    ]
    return {one.municipality_code: (one.leaving, one.loaded) for one in found}


@pytest.mark.parametrize(
    ("before", "leaving", "is_loaded"),
    [(0, 0, True), (1000, 100, True), (1000, 101, False), (30, 10, True), (30, 11, False)],
)
def test_more_than_ten_and_more_than_a_tenth(before: int, leaving: int, is_loaded: bool) -> None:
    there = people("a", before)
    coming = [*there[leaving:], "new"]
    assert loaded({"a": there}, {"a": coming}) == {"a": (leaving, is_loaded)}
    assert loaded({"a": there}, {"a": coming}, ["a"]) == {"a": (leaving, True)}


def test_who_moves_within_the_file_leaves_nowhere() -> None:
    """As where two towns become one."""
    small, large = people("a", 200), people("b", 900)
    there = {"a": small, "b": large}
    assert loaded(there, {"a": small[:1], "b": [*large, *small[1:]]}) == {
        "a": (0, True),
        "b": (0, True),
    }


def test_who_moves_to_where_nobody_is_loaded_would_be_nowhere() -> None:
    there = {"a": people("a", 200), "b": people("b", 900), "c": people("c", 30)}
    coming = {
        "a": there["a"][:1],
        "b": [*there["b"][:100], *there["a"][1:]],
        "c": there["c"][5:],
    }
    assert loaded(there, coming) == {"a": (199, False), "b": (800, False), "c": (5, True)}
    assert loaded(there, coming, ["b"]) == {"a": (0, True), "b": (800, True), "c": (5, True)}
