"""Rates: how often something can be done in a second."""

from __future__ import annotations

import os
import re
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 2.0
_WITHOUT_IFMA = {"OPENSSL_ia32cap": ":~0x200000"}
"""Bit 21 of the second word of OPENSSL_ia32cap(3)."""
_SPEED_LINE = re.compile(r"^rsa\s+2048 bits\s+\S+\s+\S+\s+([0-9.]+)", re.MULTILINE)


def per_second(work: Callable[[], int], seconds: float = SECONDS) -> float:
    """Calls ``work`` for so many seconds; it says how many things it did each time."""
    work()
    done = 0
    began = time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        done += work()
    return done / elapsed


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def one_core() -> Iterator[None]:
    """Everything inside runs on one processor, threads and child processes started there too."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def openssl_rsa2048(seconds: int = int(SECONDS), *, vectors: bool = True) -> float:
    """Signatures a second that `openssl speed rsa2048` makes on one core, by the wall clock.

    Without ``vectors`` it is told that the processor has no AVX-512 IFMA.

    Without ``-elapsed`` it counts processor time, which a busy machine does not take from it but
    does from us.
    """
    try:
        with one_core():
            done = subprocess.run(  # noqa: S603
                ["openssl", "speed", "-elapsed", "-seconds", str(seconds), "rsa2048"],  # noqa: S607
                check=True,
                capture_output=True,
                text=True,
                env=os.environ if vectors else os.environ | _WITHOUT_IFMA,
            )
    except FileNotFoundError as missing:
        raise OpenJpkiError(
            Reason.SERVICE_UNAVAILABLE, "the openssl program is the peer; install openssl"
        ) from missing
    found = _SPEED_LINE.search(done.stdout)
    if found is None:
        raise OpenJpkiError(Reason.INTERNAL, "openssl speed printed no rsa 2048 line")
    return float(found.group(1))
