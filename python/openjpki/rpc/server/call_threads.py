"""The threads that calls are served in: as many as there are calls, and none that nobody needs.

A call holds its thread from its first octet to its last, also while its caller has not yet sent the
message. So there are as many threads as calls are let in (``room``), they are made when needed, and
end when they have had nothing to do: what an attack made them be is given back after it.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

IDLE = 10.0
"""Seconds after which a thread without work ends."""


class _Work(NamedTuple):
    future: Future[Any]
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self.function(*self.args, **self.kwargs)
        except BaseException as error:  # noqa: BLE001 - whoever waits for the future gets it
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


_Tasks = SimpleQueue[_Work | None]
"""What one thread is to do next; None: to end."""


class CallThreads(Executor):
    """At most so many threads; what comes while all are busy waits for one in line.

    Whoever makes work known or becomes idle looks afterwards whether the other has come meanwhile;
    so a call that finds a thread, which is nearly every one, takes no lock for it.
    """

    def __init__(self, limit: int, name: str) -> None:
        self._limit = limit
        self._name = name
        self._idle: list[_Tasks] = []
        """Of the threads that wait. The one that worked last is taken first: the others end."""
        self._lock = Lock()
        self._line: deque[_Work] = deque()
        self._running = 0
        self._over = False

    def for_grpc(self) -> ThreadPoolExecutor:
        """Itself: gRPC takes any executor, its published types name one."""
        return cast("ThreadPoolExecutor", self)

    @property
    def running(self) -> int:
        """How many threads there are."""
        return self._running

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """See :class:`concurrent.futures.Executor`."""
        work = _Work(Future(), fn, args, kwargs)
        try:
            self._idle.pop().put(work)
        except IndexError:
            self._without_a_thread(work)
        return work.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - the standard library's signature
        """Take no more. Threads end once what they are at is over; nobody waits for them."""
        del wait
        self._over = True
        with self._lock:
            cancelled = list(self._line) if cancel_futures else []
            if cancel_futures:
                self._line.clear()
            while self._idle:
                self._idle.pop().put(None)
        for work in cancelled:
            work.future.cancel()

    def _without_a_thread(self, work: _Work) -> None:
        with self._lock:
            if self._over:
                raise RuntimeError("no more calls are served")
            if self._running < self._limit:
                self._running += 1
                # Whether the thread that makes it is a daemon must not matter.
                Thread(target=self._serve, args=(work,), name=self._name, daemon=False).start()
                return
            self._line.append(work)
            self._hand_out()

    def _hand_out(self) -> None:
        while self._line:
            try:
                tasks = self._idle.pop()
            except IndexError:
                return
            tasks.put(self._line.popleft())

    def _serve(self, first: _Work) -> None:
        tasks: _Tasks = SimpleQueue()
        work: _Work | None = first
        while work is not None:
            work.run()
            # Not referred to while nothing is done: a call must be freed once it is over.
            del work
            work = self._next(tasks)
        with self._lock:
            self._running -= 1

    def _next(self, tasks: _Tasks) -> _Work | None:
        self._idle.append(tasks)
        if self._line:
            with self._lock:
                self._hand_out()
        if self._over and self._stops_waiting(tasks):
            return None
        try:
            return tasks.get(timeout=IDLE)
        except Empty:
            # Unless it is given work just now.
            return None if self._stops_waiting(tasks) else tasks.get()

    def _stops_waiting(self, tasks: _Tasks) -> bool:
        try:
            self._idle.remove(tasks)
        except ValueError:
            return False
        return True
