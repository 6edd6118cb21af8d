"""Work of which none that fails keeps another waiting."""

from __future__ import annotations

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.apart import Apart
from openjpki.telemetry.logging import get_logger


def test_all_are_done_and_the_first_failure_is_raised() -> None:
    apart, done = Apart(get_logger("test"), "not done"), []
    for number in range(4):
        with apart.of(number=str(number)):
            if number % 2:
                raise OpenJpkiError(Reason.INTERNAL, f"number {number}")
            done.append(number)
    assert done == [0, 2]
    with pytest.raises(OpenJpkiError, match="number 1"):
        apart.end()


def test_what_ends_the_process_is_held_by_nothing() -> None:
    with pytest.raises(KeyboardInterrupt), Apart(get_logger("test"), "not done").of():
        raise KeyboardInterrupt


def test_nothing_is_raised_where_nothing_failed() -> None:
    apart = Apart(get_logger("test"), "not done")
    with apart.of():
        pass
    apart.end()
