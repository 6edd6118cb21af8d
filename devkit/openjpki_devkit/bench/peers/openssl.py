"""`openssl speed rsa2048`, with and without AVX-512 IFMA."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.bench.peers.peer import Peer
from openjpki_devkit.bench.peers.process import said
from openjpki_devkit.bench.rate import SECONDS, one_core

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openjpki_devkit.bench.peers.peer import Rate

_WITHOUT_IFMA = {"OPENSSL_ia32cap": ":~0x200000"}
"""Bit 21 of the second word of OPENSSL_ia32cap(3)."""
_SPEED_LINE = re.compile(r"^rsa\s+2048 bits\s+\S+\s+\S+\s+([0-9.]+)", re.MULTILINE)


def _command(seconds: float) -> list[str]:
    return ["openssl", "speed", "-elapsed", "-seconds", f"{seconds:.0f}", "rsa2048"]


def signatures_per_second(printed: str) -> float:
    """The rate on the rsa 2048 line of what `openssl speed` prints. Raises ``INTERNAL``."""
    found = _SPEED_LINE.search(printed)
    if found is None:
        raise OpenJpkiError(Reason.INTERNAL, "openssl speed printed no rsa 2048 line")
    return float(found.group(1))


@contextmanager
def _signing(settings: Mapping[str, str], threads: int, seconds: float) -> Iterator[Rate]:
    """The rate on one core, by the wall clock, times ``threads``.

    Without ``-elapsed`` it counts processor time, which a busy machine does not take from it but
    does from us.
    """

    def rate() -> float:
        with one_core():
            done = subprocess.run(  # noqa: S603
                _command(seconds),
                check=True,
                capture_output=True,
                text=True,
                env=os.environ | settings,
            )
        return signatures_per_second(done.stdout) * threads

    yield rate


def _peer(suffix: str, name: str, settings: Mapping[str, str]) -> Peer:
    return Peer(
        suffix=suffix,
        name=name,
        needs="openssl",
        version=partial(said, "openssl", "version"),
        signing=partial(_signing, settings),
        seconds=SECONDS,
        on_many="one core, times {}",
        command=" ".join(
            [*(f"{name}={value}" for name, value in settings.items()), *_command(SECONDS)]
        ),
    )


WITH_VECTORS = _peer("", "openssl speed rsa2048", {})
WITHOUT_VECTORS = _peer("_vs_plain", "openssl speed rsa2048 without AVX-512 IFMA", _WITHOUT_IFMA)
