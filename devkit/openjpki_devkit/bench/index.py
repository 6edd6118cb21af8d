"""index_*: an authority's status index as replicas of ocsp have it: loaded, held, filed, asked."""

from __future__ import annotations

from functools import partial

from openjpki.cli import output
from openjpki_devkit.bench.peers.process import asking, said
from openjpki_devkit.bench.rate import one_core
from openjpki_devkit.bench.result import Result, Row, compared

_PROGRAM = "status-rate"
_TURNS = 5
_SECONDS = 1.0
_MOST_OCTETS = 25.0
"""What a nation of a hundred million may take a certificate, to fit a replica of 2.5 GB."""
_LEAST_A_SECOND = 100_000_000 / 300
"""A nation in five minutes."""
_LEAST_READ_A_SECOND = 100_000_000 / 30
"""A nation in half a minute, which is when an instance that starts anew should answer again."""


def _measure(row: str, certificates: int) -> list[Result]:
    if said(_PROGRAM, "version") is None:
        output.stderr.print(f"left out: {row} (needs {_PROGRAM} of signer_core/bench on the PATH)")
        return []
    command = f"make bench ONLY={row}"
    with one_core(), asking([_PROGRAM, "index", str(certificates)], _SECONDS) as index:
        octets, taken_in, written, read = (index() for _ in range(4))
        memory = str(int(octets * certificates))
        with asking([_PROGRAM, "reads", memory], _SECONDS) as reads:
            look_ups = compared(
                id=row,
                what=f"look-ups of absent, good and revoked among {certificates:,}, one core",
                unit="look-ups/s",
                peer="reads of 64 octets anywhere in as much memory",
                ours=index,
                theirs=reads,
                turns=_TURNS,
            )
    return [
        look_ups,
        Result(
            id=f"{row}_memory",
            what=f"memory for {certificates:,} certificates, 9 % of them revoked, at its height",
            value=octets,
            unit="octets/certificate",
            peer="what a nation may take",
            peer_value=_MOST_OCTETS,
            ratio=_MOST_OCTETS / octets,
            command=command,
        ),
        Result(
            id=f"{row}_load",
            what=f"certificates taken in until there are {certificates:,}, one core",
            value=taken_in,
            unit="certificates/s",
            peer="a nation in five minutes",
            peer_value=_LEAST_A_SECOND,
            ratio=taken_in / _LEAST_A_SECOND,
            command=command,
        ),
        Result(
            id=f"{row}_save",
            what=f"certificates written to a file and to the disk, of {certificates:,}, one core",
            value=written,
            unit="certificates/s",
            peer="a nation in five minutes",
            peer_value=_LEAST_A_SECOND,
            ratio=written / _LEAST_A_SECOND,
            command=command,
        ),
        Result(
            id=f"{row}_start",
            what=f"certificates read from a file of {certificates:,} and asked at once, one core",
            value=read,
            unit="certificates/s",
            peer="a nation in half a minute",
            peer_value=_LEAST_READ_A_SECOND,
            ratio=read / _LEAST_READ_A_SECOND,
            command=command,
        ),
    ]


def _row(size: str, certificates: int) -> Row:
    row = f"index_{size}"
    return Row(
        row,
        f"status index of {certificates:,} certificates",
        partial(_measure, row, certificates),
        by_name_only=certificates > 10_000_000,
    )


ROWS = (
    _row("1m", 1_000_000),
    _row("10m", 10_000_000),
    _row("100m", 100_000_000),
)
