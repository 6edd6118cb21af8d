"""Tasks done again and again, each without regard to the others."""

from __future__ import annotations

import io
import time
from threading import Event
from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.background import BackgroundTasks, NotDoneError, Task, doubling
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


def tasks_of(every: float = 60, **work: Callable[[], object]) -> BackgroundTasks:
    return BackgroundTasks(
        "test", [Task(name=name, work=one, every=every) for name, one in work.items()]
    )


@pytest.mark.parametrize("failing", [away, broken])
def test_one_that_fails_keeps_no_other_from_being_done(
    log: io.StringIO, failing: Callable[[], None]
) -> None:
    done: list[str] = []
    tasks = tasks_of(first=failing, second=lambda: done.append("second"))
    tasks.once()
    tasks.once()
    assert done == ["second", "second"]
    assert log.getvalue().count('"task": "first"') == 2
    assert "花子" not in log.getvalue()


def test_the_last_success_is_known_from_the_start() -> None:
    began = time.time()
    tried, again = Event(), Event()

    def fail() -> None:
        (again if tried.is_set() else tried).set()
        away()

    tasks = tasks_of(every=0.02, in_vain=fail, well=lambda: None)
    tasks.start()
    assert again.wait(60)
    tasks.stop()
    in_vain, well = last_success("in_vain"), last_success("well")
    assert in_vain is not None
    assert well is not None
    assert began <= in_vain < well


def test_stops_between_two_tasks() -> None:
    done: list[str] = []

    def first() -> None:
        done.append("first")
        tasks.ask_to_stop()

    tasks = tasks_of(first=first, second=lambda: done.append("second"))
    tasks.start()
    tasks.stop()
    assert done == ["first"]


def test_woken_while_it_is_being_done_it_is_done_once_more() -> None:
    begun, go_on, again = Event(), Event(), Event()

    def work() -> None:
        if begun.is_set():
            again.set()
        begun.set()
        assert go_on.wait(60)

    tasks = tasks_of(work=work)
    tasks.start()
    assert begun.wait(60)
    tasks.wake("work")
    go_on.set()
    assert again.wait(60)
    tasks.stop()


def test_each_has_a_period_of_its_own() -> None:
    often, seldom = iter(range(100)), iter(range(100))
    enough = Event()
    done: dict[str, int] = {}

    def count() -> None:
        done["often"] = next(often)
        if done["often"] == 5:
            enough.set()

    def count_seldom() -> None:
        done["seldom"] = next(seldom)

    tasks = BackgroundTasks(
        "test",
        [
            Task(name="often", work=count, every=0.01),
            Task(name="seldom", work=count_seldom, every=600),
        ],
    )
    tasks.start()
    assert enough.wait(60)
    tasks.stop()
    assert done["seldom"] == 0


def test_what_is_not_done_is_tried_again_sooner_and_silently(log: io.StringIO) -> None:
    tried: list[int] = []
    third = Event()

    def work() -> None:
        tried.append(len(tried))
        if len(tried) == 3:
            third.set()
            return
        raise NotDoneError

    tasks = BackgroundTasks(
        "test", [Task(name="work", work=work, every=600, retry=lambda _failures: 0.01)]
    )
    tasks.start()
    assert third.wait(60)
    tasks.stop()
    assert tried == [0, 1, 2]
    assert "failed" not in log.getvalue()


def test_pauses_double_up_to_the_longest() -> None:
    pause = doubling(0.25, 30.0)
    assert [pause(failures) for failures in (1, 2, 3, 8, 9, 5000)] == [0.25, 0.5, 1, 30, 30, 30]


def test_nothing_begins_before_the_first_has_succeeded() -> None:
    order: list[str] = []
    end = Event()

    def get_ready() -> None:
        order.append("get_ready")
        if len(order) < 3:
            away()

    def work() -> None:
        order.append("work")
        end.set()

    tasks = BackgroundTasks(
        "test",
        [Task(name="work", work=work, every=600)],
        first=Task(name="get_ready", work=get_ready, every=0.01),
    )
    tasks.start()
    assert end.wait(60)
    tasks.stop()
    assert order == ["get_ready"] * 3 + ["work"]


def test_an_endless_task_is_ended_from_outside_and_has_no_last_success() -> None:
    begun, ended = Event(), Event()

    def read() -> None:
        begun.set()
        assert ended.wait(60)

    tasks = BackgroundTasks(
        "test",
        [Task(name="read_on", work=read, every=0.01, endless=True)],
        on_stop=ended.set,
    )
    tasks.start()
    assert begun.wait(60)
    tasks.stop()
    assert last_success("read_on") is None


def test_without_a_task_it_waits_to_be_stopped() -> None:
    """A fault of its thread would fail the test, as of any."""
    idle = BackgroundTasks("idle", [])
    idle.start()
    assert not idle.wait(0.05)
    idle.stop()
