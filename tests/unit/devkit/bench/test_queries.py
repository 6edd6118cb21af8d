"""What is asked beside a measurement goes on until that is over."""

from __future__ import annotations

from itertools import cycle
from threading import Event
from typing import TYPE_CHECKING, Any, cast

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.bench.ocsp_queries import asking

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki_devkit.bench.load import Load


class Rounds:
    """A load whose rounds answer so often a second."""

    def __init__(self, rates: Iterable[float]) -> None:
        self._rates = iter(rates)
        self.over, self.asked = Event(), set[tuple[str, ...]]()

    def report(self, *options: str, **_: Any) -> dict[str, Any]:
        self.asked.add(options)
        rate = next(self._rates, None)
        if rate is None:
            self.over.set()
            raise OpenJpkiError(Reason.INTERNAL, "an answer was wrong")
        return {"rate": rate}


def test_each_is_asked_again_until_the_end_and_a_failure_is_told() -> None:
    good, bad = Rounds(cycle([90.0, 110.0])), Rounds([100.0])
    with asking([cast("Load", one) for one in (good, bad)], 100) as end:
        assert bad.over.wait(90)
        with pytest.raises(OpenJpkiError, match="an answer was wrong"):
            end()
    assert good.asked == {("--rate", "100")}


def test_at_least_one_round_is_asked() -> None:
    one = Rounds(cycle([99.0]))
    with asking([cast("Load", one)], 100) as end:
        assert end() == [99.0]
