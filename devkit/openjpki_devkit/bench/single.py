"""rsa_single: how long whoever asks for one, two or three signatures waits, one core."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from openjpki.signer_core import SoftwareKey
from openjpki_devkit.bench.peers import aws_lc, known
from openjpki_devkit.bench.peers.process import asking
from openjpki_devkit.bench.rate import median_seconds, one_core
from openjpki_devkit.bench.result import Result, Row, compared

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST = 3
_TURNS = 15
_SECONDS = 0.25
_ROW = "rsa_single"


def _measure() -> list[Result]:
    if not known.present(_ROW, [aws_lc.PEER]):
        return []
    key = SoftwareKey.generate(2048)
    with one_core():
        return [_latency(key, count) for count in range(1, _MOST + 1)]


def _latency(key: SoftwareKey, count: int) -> Result:
    messages = [number.to_bytes(64, "big") for number in range(count)]
    work: Callable[[], object] = (
        partial(key.sign, messages[0])
        if count == 1
        else partial(key.sign_batch, messages, threads=1)
    )
    with asking([aws_lc.PROGRAM, "latency", str(count)], _SECONDS) as theirs:
        return compared(
            id=_ROW if count == 1 else f"{_ROW}_{count}",
            what="one RSA-2048 signature" if count == 1 else f"{count} RSA-2048 signatures at once",
            unit="µs",
            peer="aws-lc-rs, one after the other",
            ours=lambda: 1e6 * median_seconds(work, _SECONDS),
            theirs=lambda: 1e6 * theirs(),
            command=f"make bench ONLY={_ROW}",
            turns=_TURNS,
            less_is_better=True,
        )


ROW = Row(_ROW, "latency of one, two and three RSA-2048 signatures, one core", _measure)
