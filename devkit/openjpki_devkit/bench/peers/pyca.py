"""cryptography: Python threads, each calling ``sign``. Run as a module it is the peer's process.

In a process of its own, so that its threads and ours do not wait for one interpreter.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from typing import TYPE_CHECKING

from cryptography.hazmat.backends.openssl import backend
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from openjpki_devkit.bench.peers.peer import Peer
from openjpki_devkit.bench.peers.process import asking
from openjpki_devkit.bench.rate import per_second_of_all

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from openjpki_devkit.bench.peers.peer import Rate

_MODULE = "openjpki_devkit.bench.peers.pyca"
_MESSAGE = bytes([7]) * 64


def main(threads: int) -> None:
    """Answers each line of input, a number of seconds, with signatures a second."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    scheme, algorithm = padding.PKCS1v15(), hashes.SHA256()

    def sign() -> int:
        key.sign(_MESSAGE, scheme, algorithm)
        return 1

    with ThreadPoolExecutor(threads) as pool:
        for line in sys.stdin:
            sys.stdout.write(f"{per_second_of_all(pool, threads, sign, float(line))}\n")
            sys.stdout.flush()


def _signing(threads: int, seconds: float) -> AbstractContextManager[Rate]:
    return asking([sys.executable, "-m", _MODULE, str(threads)], seconds)


def _version() -> str:
    return f"cryptography {metadata.version('cryptography')}, {backend.openssl_version_text()}"


PEER = Peer(
    suffix="_vs_cryptography",
    name="cryptography",
    needs="cryptography",
    version=_version,
    signing=_signing,
)

if __name__ == "__main__":
    main(int(sys.argv[1]))
