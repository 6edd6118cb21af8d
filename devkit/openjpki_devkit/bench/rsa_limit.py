"""rsa_limit: RSA-2048 beside what the processor's multiplier alone would allow, one core."""

from __future__ import annotations

from functools import partial

from openjpki.cli import output
from openjpki.signer_core import SoftwareKey
from openjpki_devkit.bench.machine import processor
from openjpki_devkit.bench.peers.process import asking, said
from openjpki_devkit.bench.rate import one_core, per_second
from openjpki_devkit.bench.result import Result, Row, compared

_ROW = "rsa_limit"
_PROGRAM = "lanes-rate"
_TURNS = 9
_SECONDS = 0.3
_GROUPS = 64


def _measure() -> list[Result]:
    count = said(_PROGRAM, "count")
    if count is None:
        needs = f"{_PROGRAM} of signer_core/bench on the PATH, a processor with AVX-512 IFMA"
        output.stderr.print(f"left out: {_ROW} (needs {needs})")
        return []
    key = SoftwareKey.generate(2048)
    messages = [number.to_bytes(64, "big") for number in range(_GROUPS)]
    with (
        one_core(),
        asking([_PROGRAM, "allowed"], _SECONDS) as allowed,
        asking([_PROGRAM, "operations"], _SECONDS) as operations,
    ):
        against = partial(
            compared,
            unit="operations/s",
            peer=f"{int(count):,} multiplies each, nothing else; {processor()}",
            theirs=allowed,
            command=f"make bench ONLY={_ROW}",
            turns=_TURNS,
        )
        return [
            against(
                id=_ROW,
                what="RSA-2048 private operations, blinded, in groups of eight, one core",
                ours=operations,
            ),
            against(
                id=f"{_ROW}_signatures",
                what=f"RSA-2048 sign_batch of {_GROUPS}, hashed, padded, verified, one core",
                ours=lambda: per_second(lambda: len(key.sign_batch(messages, threads=1)), _SECONDS),
            ),
        ]


ROW = Row(_ROW, "RSA-2048 beside what the multiplier alone would allow, one core", _measure)
