"""Pieces of work done again and again, each without regard to the others."""

from __future__ import annotations

import io
import time
from threading import Event
from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.rounds import Rounds
from openjpki.telemetry.logging import configure_logging
from openjpki.telemetry.metrics import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure_logging("test", stream=stream)
    yield stream
    configure_logging("test", level="warning")


def away() -> None:
    raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "the database can't be reached")


def broken() -> None:
    raise ValueError("富山花子")


def last_success(task: str) -> float | None:
    return REGISTRY.get_sample_value("openjpki_task_last_success_timestamp_seconds", {"task": task})


@pytest.mark.parametrize("failing", [away, broken])
def test_one_that_fails_keeps_no_other_from_being_done(
    log: io.StringIO, failing: Callable[[], None]
) -> None:
    done: list[str] = []
    rounds = Rounds("test", {"first": failing, "second": lambda: done.append("second")}, every=60)
    rounds.once()
    rounds.once()
    assert done == ["second", "second"]
    assert log.getvalue().count('"task": "first"') == 2
    assert "花子" not in log.getvalue()


def test_the_last_success_is_known_from_the_start() -> None:
    began = time.time()
    tried, again = Event(), Event()

    def fail() -> None:
        (again if tried.is_set() else tried).set()
        away()

    rounds = Rounds("test", {"in_vain": fail, "well": lambda: None}, every=0.02)
    rounds.start()
    assert again.wait(10)
    rounds.stop()
    in_vain, well = last_success("in_vain"), last_success("well")
    assert in_vain is not None
    assert well is not None
    assert began <= in_vain < well


def test_stops_between_two_pieces() -> None:
    done: list[str] = []

    def first() -> None:
        done.append("first")
        rounds.ask_to_stop()

    rounds = Rounds("test", {"first": first, "second": lambda: done.append("second")}, every=60)
    rounds.start()
    rounds.stop()
    assert done == ["first"]
