"""RSA-2048 signatures, Python caller included, beside what `openssl speed` makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.cli.bench.rate import cores, one_core, openssl_rsa2048, per_second
from openjpki.cli.bench.result import Result, Row, in_turns
from openjpki.signer_core import SoftwareKey, sign_requests

if TYPE_CHECKING:
    from collections.abc import Callable

_BATCH = 256
_GROUPS = 64
_COMMAND = "openssl speed -elapsed -seconds 2 rsa2048"


def _messages(count: int) -> list[bytes]:
    return [number.to_bytes(64, "big") for number in range(count)]


def _all_cores() -> list[Result]:
    key = SoftwareKey.generate(2048)
    messages = _messages(_BATCH)
    value, peer_value = in_turns(
        lambda: per_second(lambda: len(key.sign_batch(messages))),
        lambda: openssl_rsa2048() * cores(),
    )
    return [
        Result(
            id="rsa_batch",
            what=f"RSA-2048 sign_batch of {_BATCH}, each verified, {cores()} cores",
            value=value,
            unit="signatures/s",
            peer=f"openssl speed rsa2048 on one core, times {cores()}",
            peer_value=peer_value,
            ratio=value / peer_value,
            command=_COMMAND,
        )
    ]


def _one_key() -> list[Result]:
    key = SoftwareKey.generate(2048)
    messages = _messages(_GROUPS)
    return _on_one_core(
        "rsa_multibuffer",
        f"RSA-2048 sign_batch of {_GROUPS}, hashed, padded, verified, one core",
        lambda: len(key.sign_batch(messages, threads=1)),
    )


def _many_keys() -> list[Result]:
    requests = [(SoftwareKey.generate(2048), message) for message in _messages(_GROUPS)]
    return _on_one_core(
        "rsa_mixed_keys",
        f"RSA-2048 sign_requests of {_GROUPS} with as many keys, one core",
        lambda: len(sign_requests(requests, threads=1)),
    )


def _on_one_core(row: str, what: str, work: Callable[[], int]) -> list[Result]:
    with one_core():
        value, peer = in_turns(lambda: per_second(work), openssl_rsa2048)
        plain_value, plain = in_turns(
            lambda: per_second(work), lambda: openssl_rsa2048(vectors=False)
        )
    return [
        Result(
            id=row,
            what=what,
            value=value,
            unit="signatures/s",
            peer="openssl speed rsa2048, one core",
            peer_value=peer,
            ratio=value / peer,
            command=_COMMAND,
        ),
        Result(
            id=f"{row}_vs_plain",
            what=what,
            value=plain_value,
            unit="signatures/s",
            peer="openssl speed rsa2048 without AVX-512 IFMA, one core",
            peer_value=plain,
            ratio=plain_value / plain,
            command=f"OPENSSL_ia32cap=:~0x200000 {_COMMAND}",
        ),
    ]


BATCH = Row("rsa_batch", "RSA-2048 signing in batches, all cores", _all_cores)
MULTIBUFFER = Row("rsa_multibuffer", "RSA-2048 signing in groups of eight, one core", _one_key)
MIXED_KEYS = Row("rsa_mixed_keys", "the same with a key for each message", _many_keys)
