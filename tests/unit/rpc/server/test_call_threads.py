"""Threads come when they are needed and go when they are not."""

from __future__ import annotations

import threading

import pytest

from openjpki.rpc.server import call_threads
from openjpki.rpc.server.call_threads import CallThreads
from tests.support.waiting import wait_until


def test_as_many_threads_as_calls_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_threads, "IDLE", 0.05)
    threads = CallThreads(3, "test")
    go_on = threading.Event()
    waiting = [threads.submit(go_on.wait, 30) for _ in range(3)]
    later = [threads.submit(lambda: threading.current_thread().name) for _ in range(20)]
    assert threads.running == 3
    assert not any(one.done() for one in later)
    go_on.set()
    assert all(one.result(30) for one in waiting)
    assert {one.result(30) for one in later} == {"test"}
    wait_until(lambda: threads.running == 0)
    # And they come again.
    assert threads.submit(sum, (1, 2)).result(30) == 3


def test_the_thread_that_worked_last_works_next() -> None:
    """So the others have nothing to do, and end."""
    threads = CallThreads(8, "test")
    both = threading.Barrier(2)
    for one in [threads.submit(both.wait, 30) for _ in range(2)]:
        one.result(30)
    wait_until(lambda: len(threads._idle) == 2)
    used = set()
    for _ in range(20):
        used.add(threads.submit(threading.get_ident).result(30))
        wait_until(lambda: len(threads._idle) == 2)
    assert len(used) == 1
    threads.shutdown()
    wait_until(lambda: threads.running == 0)


def test_what_fails_fails_alone() -> None:
    threads = CallThreads(1, "test")
    failing = threads.submit(lambda: 1 // 0)
    assert isinstance(failing.exception(30), ZeroDivisionError)
    assert threads.submit(sum, (1, 2)).result(30) == 3
    threads.shutdown()


def test_after_the_end_nothing_is_taken_and_what_is_in_line_is_cancelled() -> None:
    threads = CallThreads(1, "test")
    go_on = threading.Event()
    at_work = threads.submit(go_on.wait, 30)
    in_line = threads.submit(sum, (1, 2))
    threads.shutdown(wait=False, cancel_futures=True)
    assert in_line.cancelled()
    with pytest.raises(RuntimeError, match="no more calls"):
        threads.submit(sum, (1, 2))
    go_on.set()
    assert at_work.result(30)
    wait_until(lambda: threads.running == 0)


def test_no_call_is_lost_however_threads_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_threads, "IDLE", 0.0001)
    threads = CallThreads(2, "test")
    done = [threads.submit(int, "7") for _ in range(5000)]
    assert [one.result(30) for one in done] == [7] * 5000
