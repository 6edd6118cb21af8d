"""Callers that call all the time, and ask twice at most."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from openjpki.errors import OpenJpkiError, Reason
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Answer = TypeVar("Answer")

_PASSING = {Reason.DEADLINE_EXCEEDED, Reason.CANCELLED}
"""Not called retryable in the catalogue, as what was asked for may have been done; with the same
request id it may be asked for again."""


def once_more(call: Callable[[], Answer]) -> Answer:
    """What it returns, at the second time if the first one failed for a passing reason."""
    try:
        return call()
    except OpenJpkiError as error:
        if not error.reason.retryable and error.reason not in _PASSING:
            raise
        return call()


class Callers:
    """Each does its work again and again, until told to stop or until it fails."""

    def __init__(self, works: Sequence[Callable[[], object]]) -> None:
        self.lost: list[str] = []
        self._done = [0] * len(works)
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(number, work), daemon=True)
            for number, work in enumerate(works)
        ]
        for thread in self._threads:
            thread.start()

    def go_on(self) -> None:
        """Until each has done its work twice more, so once from beginning to end."""
        before = [*self._done]
        wait_until(
            lambda: (
                bool(self.lost)
                or all(now >= then + 2 for now, then in zip(self._done, before, strict=True))
            )
        )

    def stop(self) -> None:
        """Let each end what it is at."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(90)

    def _run(self, number: int, work: Callable[[], object]) -> None:
        while not self._stopping.is_set():
            try:
                work()
            except Exception as error:  # noqa: BLE001 - told by the test
                self.lost.append(repr(error))
                return
            self._done[number] += 1
