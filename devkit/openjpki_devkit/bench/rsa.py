"""RSA-2048 signatures a second, Python caller included, beside what others make."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

from openjpki.signer_core import SoftwareKey, sign_requests
from openjpki_devkit.bench.peers import known
from openjpki_devkit.bench.rate import cores, one_core, per_second
from openjpki_devkit.bench.result import Result, Row, compared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openjpki_devkit.bench.peers.peer import Peer

_BATCH = 256
_GROUPS = 64


def _messages(count: int) -> list[bytes]:
    return [number.to_bytes(64, "big") for number in range(count)]


def _all_cores() -> list[Result]:
    key = SoftwareKey.generate(2048)
    messages = _messages(_BATCH)
    return _against(
        [known.OPENSSL, *known.OTHERS],
        "rsa_batch",
        f"RSA-2048 sign_batch of {_BATCH}, each verified, {cores()} cores",
        lambda: len(key.sign_batch(messages)),
        threads=cores(),
    )


def _one_key() -> list[Result]:
    key = SoftwareKey.generate(2048)
    messages = _messages(_GROUPS)
    return _against(
        [known.OPENSSL, known.OPENSSL_PLAIN, *known.OTHERS],
        "rsa_multibuffer",
        f"RSA-2048 sign_batch of {_GROUPS}, hashed, padded, verified, one core",
        lambda: len(key.sign_batch(messages, threads=1)),
    )


def _many_keys() -> list[Result]:
    requests = [(SoftwareKey.generate(2048), message) for message in _messages(_GROUPS)]
    return _against(
        [known.OPENSSL, known.OPENSSL_PLAIN],
        "rsa_mixed_keys",
        f"RSA-2048 sign_requests of {_GROUPS} with as many keys, one core",
        lambda: len(sign_requests(requests, threads=1)),
    )


def _against(
    peers: Sequence[Peer], row: str, what: str, work: Callable[[], int], *, threads: int = 1
) -> list[Result]:
    results = []
    for peer in known.present(row, peers):
        where = one_core() if threads == 1 else nullcontext()
        with where, peer.signing(threads, peer.seconds) as rate:
            results.append(
                compared(
                    id=f"{row}{peer.suffix}",
                    what=what,
                    unit="signatures/s",
                    peer=peer.on(threads),
                    ours=partial(per_second, work, peer.seconds),
                    theirs=rate,
                    command=peer.command or f"make bench ONLY={row}",
                )
            )
    return results


BATCH = Row("rsa_batch", "RSA-2048 signing in batches, all cores", _all_cores)
MULTIBUFFER = Row("rsa_multibuffer", "RSA-2048 signing in groups of eight, one core", _one_key)
MIXED_KEYS = Row("rsa_mixed_keys", "the same with a key for each message", _many_keys)
