"""rsa_batch: RSA-2048 signatures in batches, over all cores."""

from __future__ import annotations

from openjpki.cli.bench.rate import cores, openssl_rsa2048, per_second
from openjpki.cli.bench.result import Result, Row, in_turns
from openjpki.signer_core import SoftwareKey

_BATCH = 256


def _measure() -> list[Result]:
    key = SoftwareKey.generate(2048)
    messages = [number.to_bytes(64, "big") for number in range(_BATCH)]

    def ours() -> float:
        return per_second(lambda: len(key.sign_batch(messages)))

    def peer() -> float:
        return openssl_rsa2048() * cores()

    value, peer_value = in_turns(ours, peer)
    return [
        Result(
            id="rsa_batch",
            what=f"RSA-2048 sign_batch of {_BATCH}, each verified, {cores()} cores",
            value=value,
            unit="signatures/s",
            peer=f"openssl speed rsa2048 on one core, times {cores()}",
            peer_value=peer_value,
            ratio=value / peer_value,
            command="openssl speed -elapsed -seconds 2 rsa2048",
        )
    ]


ROW = Row("rsa_batch", "RSA-2048 signing in batches, all cores", _measure)
