"""The peers there are, and which of them this machine has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.cli import output
from openjpki_devkit.bench.peers import aws_lc, go, java, openssl, pyca

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki_devkit.bench.peers.peer import Peer

OPENSSL = openssl.WITH_VECTORS
OPENSSL_PLAIN = openssl.WITHOUT_VECTORS
OTHERS = (pyca.PEER, aws_lc.PEER, go.PEER, java.PEER)


def versions() -> dict[str, str | None]:
    """What is installed of each peer, by its name; ``None`` where it is missing."""
    return {peer.name: peer.version() for peer in (OPENSSL, *OTHERS)}


def present(row: str, peers: Sequence[Peer]) -> list[Peer]:
    """Those that are installed, prepared. A line on stderr says which are left out of the row."""
    found = []
    for peer in peers:
        if peer.version() is None:
            output.stderr.print(f"left out: {row}{peer.suffix} (needs {peer.needs})")
            continue
        peer.prepare()
        found.append(peer)
    return found
