"""Java's Signature: a program of one file, run from its source."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from openjpki_devkit.bench.peers.peer import Peer
from openjpki_devkit.bench.peers.process import asking, said

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from openjpki_devkit.bench.peers.peer import Rate

_SOURCE = Path(__file__).with_name("SignRate.java")


def _version() -> str | None:
    # A runtime without a compiler has java alone and runs no sources.
    return said("java", "--version") if shutil.which("javac") else None


def _signing(threads: int, seconds: float) -> AbstractContextManager[Rate]:
    return asking(["java", str(_SOURCE), str(threads)], seconds)


PEER = Peer(
    suffix="_vs_java",
    name="Java Signature",
    needs="a JDK: java and javac",
    version=_version,
    signing=_signing,
)
