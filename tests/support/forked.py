"""Services and commands as processes of their own, forked off one that has only imported them.

Importing a service takes more than a second of a processor, and a test may start it three times.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import chdir
from functools import cache
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess

_ROOT = Path(__file__).parents[2]
_processes = multiprocessing.get_context("forkserver")
# There is one such server in a process of tests, whatever they run.
_processes.set_forkserver_preload(["tests.support.preloaded"])


@cache
def _begin() -> None:
    """It finds the tests' modules from where it is begun, and the first test may stand anywhere."""
    with chdir(_ROOT):
        forkserver.ensure_running()


def forked(work: Callable[..., None], *arguments: object) -> BaseProcess:
    """``work(*arguments)`` in a process of its own, which is running."""
    _begin()
    process = _processes.Process(target=work, args=arguments)
    process.start()
    return process


class ForkedProcess:
    """``serve(*arguments, ready)`` in a process of its own; ``ready`` is where it sends the ports
    that it answers at."""

    def __init__(self, serve: Callable[..., None], *arguments: object) -> None:
        self._ready, theirs = _processes.Pipe(duplex=False)
        self._process = forked(serve, *arguments, theirs)
        theirs.close()

    def told(self) -> tuple[int, ...]:
        """The ports, once it answers; EOFError if it died before."""
        ports: tuple[int, ...] = self._ready.recv()
        return ports

    def was_killed(self) -> bool:
        """Whether it ended by SIGKILL, now or within a minute and a half."""
        self._process.join(90)
        return self._process.exitcode == -signal.SIGKILL

    def kill(self) -> None:
        """SIGKILL it now."""
        self._process.kill()
        self._process.join(60)

    def pause(self) -> None:
        """Stop it as it stands: SIGSTOP."""
        self.signal(signal.SIGSTOP)

    def is_paused(self) -> bool:
        """Whether it has stopped and will run again."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text("ascii")
        return stat.rpartition(")")[2].split()[0] == "T"

    def resume(self) -> None:
        """Let it run on, as if no time had passed."""
        self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals) -> None:
        """Send it this."""
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def stop(self) -> int | None:
        """Ask it to stop, if it still runs; its exit status."""
        if self._process.is_alive():
            self.resume()
            self._process.terminate()
            self._process.join(60)
        self._ready.close()
        return self._process.exitcode

    def end(self) -> None:
        """However it stands: SIGKILL."""
        self.kill()
        self._ready.close()


def checkpoints(killed_at: str, paused_at: str) -> Callable[[str], None]:
    """What a service calls at each named step: at one it kills itself, at the other it stops as if
    by SIGSTOP, the first time that it comes there."""
    met: set[str] = set()

    def checkpoint(step: str) -> None:
        if step == killed_at:
            # Nothing is flushed, closed or answered: as when the power goes.
            os.kill(os.getpid(), signal.SIGKILL)
        if step == paused_at and step not in met:
            met.add(step)
            os.kill(os.getpid(), signal.SIGSTOP)

    return checkpoint
