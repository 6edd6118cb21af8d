"""What is done again and again is so whatever fails, and no failure keeps another from its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.rpc.server.ticking import Ticking
from openjpki.telemetry.metrics import REGISTRY, TASK_LAST_SUCCESS
from openjpki.telemetry.seldom import TOLD_AGAIN, Seldom
from tests.support.captured_logs import captured_logs
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable


def last_success(task: str) -> float | None:
    return REGISTRY.get_sample_value("openjpki_task_last_success_timestamp_seconds", {"task": task})


def failing(times: float, done: list[str]) -> Callable[[], None]:
    """Raises so often, with a name in its message, and then does it."""
    left = times

    def work() -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise OSError(9, "secret")
        done.append("done")

    return work


def test_one_that_fails_is_done_at_the_next_round_and_keeps_no_other_from_its_turn() -> None:
    once, never, other = list[str](), list[str](), list[str]()
    tasks = {
        "fails_always": failing(float("inf"), never),
        "fails_once": failing(1, once),
        "after_them": failing(0, other),
    }
    ticking = Ticking("ticking", tasks, lambda: 0.0)
    with captured_logs() as log:
        ticking.start()
        try:
            TASK_LAST_SUCCESS.labels("fails_always").set(0)
            wait_until(lambda: len(once) > 20 and len(other) > 20)
        finally:
            ticking.stop()
    assert not never
    assert last_success("fails_always") == 0
    assert last_success("fails_once")
    lines = log.getvalue().splitlines()
    # Of dozens of failures, each task's first one.
    assert [line.count("a task failed") for line in lines] == [1, 1]
    assert '"task": "fails_always"' in lines[0]
    assert "OSError" in lines[0]
    assert "secret" not in log.getvalue()
    for task in tasks:
        TASK_LAST_SUCCESS.remove(task)


def test_it_shows_as_late_from_the_start() -> None:
    ticking = Ticking("ticking", {"never_done": lambda: None}, lambda: 3600.0)
    ticking.start()
    ticking.stop()
    assert last_success("never_done")
    TASK_LAST_SUCCESS.remove("never_done")


def test_once_a_minute_for_each() -> None:
    time = 0.0
    seldom = Seldom(lambda: time)
    assert [seldom("one"), seldom("one"), seldom("other")] == [True, False, True]
    time = TOLD_AGAIN
    assert [seldom("one"), seldom("one")] == [True, False]
