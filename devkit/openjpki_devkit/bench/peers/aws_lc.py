"""aws-lc-rs: the program of signer_core/bench, which `make bench` builds and puts on the PATH."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from openjpki_devkit.bench.peers.peer import Peer
from openjpki_devkit.bench.peers.process import asking, said

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from openjpki_devkit.bench.peers.peer import Rate

PROGRAM = "aws-lc-rs-rate"


def _signing(threads: int, seconds: float) -> AbstractContextManager[Rate]:
    return asking([PROGRAM, "rate", str(threads)], seconds)


PEER = Peer(
    suffix="_vs_aws_lc",
    name="aws-lc-rs",
    needs=f"{PROGRAM} of signer_core/bench on the PATH",
    version=partial(said, PROGRAM, "version"),
    signing=_signing,
)
