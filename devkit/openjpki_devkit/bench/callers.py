"""rsa_callers: threads that each ask for one signature at a time, as the calls of a service do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from openjpki.signer_core import SoftwareKey
from openjpki_devkit.bench.peers import pyca
from openjpki_devkit.bench.rate import cores, per_second_of_all
from openjpki_devkit.bench.result import Result, Row, compared

_CALLERS = 16
_MESSAGE = bytes([7]) * 64


def _measure() -> list[Result]:
    key = SoftwareKey.generate(2048)

    def sign() -> int:
        key.sign(_MESSAGE)
        return 1

    peer = pyca.PEER
    with (
        ThreadPoolExecutor(_CALLERS) as pool,
        peer.signing(_CALLERS, peer.seconds) as theirs,
    ):
        return [
            compared(
                id="rsa_callers",
                what=f"RSA-2048 sign by {_CALLERS} Python threads, one at a time, {cores()} cores",
                unit="signatures/s",
                peer=f"{peer.name}, as many threads",
                ours=lambda: per_second_of_all(pool, _CALLERS, sign, peer.seconds),
                theirs=theirs,
            )
        ]


ROW = Row("rsa_callers", "single signatures that threads ask for at the same time", _measure)
