"""Go's crypto/rsa: a program of one file, built on the spot."""

from __future__ import annotations

import os
import subprocess
import tempfile
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from openjpki_devkit.bench.peers.peer import Peer
from openjpki_devkit.bench.peers.process import asking, said

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from openjpki_devkit.bench.peers.peer import Rate

_SOURCE = Path(__file__).with_name("sign_rate.go")
_AS_INSTALLED = {"GOTOOLCHAIN": "local", "GOWORK": "off"}
"""No other toolchain is fetched, and no project that happens to be around is looked at."""


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="openjpki-bench-")


@cache
def _built() -> str:
    program = str(Path(_folder().name) / "sign_rate")
    subprocess.run(  # noqa: S603
        ["go", "build", "-o", program, str(_SOURCE)],  # noqa: S607
        check=True,
        env=os.environ | _AS_INSTALLED,
    )
    return program


def _signing(threads: int, seconds: float) -> AbstractContextManager[Rate]:
    return asking([_built(), str(threads)], seconds)


PEER = Peer(
    suffix="_vs_go",
    name="Go crypto/rsa",
    needs="go",
    version=partial(said, "go", "version"),
    signing=_signing,
    prepare=_built,
)
