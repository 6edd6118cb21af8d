"""crl_floor_1m, crl_floor_10m: how near lists come to copying, hashing and signing their octets.

Nothing that makes a list of so many octets can do less than write them once, hash them and sign
once: that is the peer, over the very octets of our list, in memory as fresh as a list's. Rows are
in rising order of the serial numbers, as the publisher's query gives them.
"""

from __future__ import annotations

import array
import hashlib
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from openjpki.cli.bench.child import in_child
from openjpki.cli.bench.memory import peak, start_peak
from openjpki.cli.bench.rate import one_core
from openjpki.cli.bench.result import Result, Row, in_turns
from openjpki.errors import OpenJpkiError, Reason
from openjpki.signer_core import CrlWriter, SoftwareKey, encode_crl
from openjpki.x509.crl.encoding import RevocationColumns
from openjpki.x509.crl.scope import Covers, issuing_distribution_point_der
from openjpki.x509.profiles.names import authority_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.x509.crl.encoding import ListFields

_MODULE = "openjpki.cli.bench.crl_floor"
_PEER = "copy into new memory + SHA-256 + one signature, same octets"
_MEMORY_BOUND = 64
"""Megabytes a stream may take."""
_AT = 1_795_392_000
_THREE_YEARS = 94_608_000
_REASONS = bytes((5, 1, 0, 3))
_CHUNK = 20_000
_TURNS = 5
_FIRST = 1 << 157


class _Speed(TypedDict):
    octets: int
    memory_form: tuple[float, float]
    """Seconds: ours, the peer's."""
    stream: tuple[float, float]


def _row(name: str, entries: int) -> Row:
    return Row(
        name,
        f"revocation list of {entries:,} entries against copy, hash and signature",
        lambda: _measure(name, entries),
    )


def _measure(name: str, entries: int) -> list[Result]:
    # Processes of their own: columns and lists leave the memory to the next.
    with one_core():
        speed: _Speed = in_child(_MODULE, "speed", str(entries))
        memory: float = in_child(_MODULE, "memory", str(entries))
    command = f"make bench ONLY={name}"
    size = f"{entries:,} entries, {speed['octets'] / 1e6:.0f} MB"

    def timed(row: str, what: str, seconds: tuple[float, float]) -> Result:
        ours, peer = seconds
        return Result(
            id=row,
            what=f"{what} of {size}, one core",
            value=ours,
            unit="s",
            peer=_PEER,
            peer_value=peer,
            ratio=peer / ours,
            command=command,
        )

    return [
        timed(name, "list in memory", speed["memory_form"]),
        timed(f"{name}_stream", "list streamed to a file and synced", speed["stream"]),
        Result(
            id=f"{name}_stream_memory",
            what=f"peak memory of the stream over that before, {size}",
            value=memory,
            unit="MB",
            peer="the bound",
            peer_value=_MEMORY_BOUND,
            ratio=_MEMORY_BOUND / memory,
            command=command,
        ),
    ]


def _speed(entries: int) -> _Speed:
    key = SoftwareKey.generate(2048)
    chunks = list(_chunks(entries))
    columns = RevocationColumns(
        serials=b"".join(chunk.serials for chunk in chunks),
        serial_lengths=b"".join(chunk.serial_lengths for chunk in chunks),
        revocation_dates=b"".join(chunk.revocation_dates for chunk in chunks),
        reasons=b"".join(chunk.reasons for chunk in chunks),
    )
    fields = _fields(key)
    der = encode_crl(**fields, **columns.arguments(), key=key)

    def floor() -> None:
        key.sign(hashlib.sha256(bytearray(der)).digest())

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.crl"

        def stream() -> None:
            _stream(path, iter(chunks), fields, key)

        measured: _Speed = {
            "octets": len(der),
            "memory_form": in_turns(
                _seconds(lambda: encode_crl(**fields, **columns.arguments(), key=key)),
                _seconds(floor),
                _TURNS,
            ),
            "stream": in_turns(_seconds(stream), _seconds(floor), _TURNS),
        }
        if path.read_bytes() != der:
            raise OpenJpkiError(Reason.INTERNAL, "the stream differs from the list made in memory")
    return measured


def _memory(entries: int) -> float:
    """Megabytes; the chunks are made as they are asked for, like a cursor's."""
    key = SoftwareKey.generate(2048)
    fields = _fields(key)
    with tempfile.TemporaryDirectory() as folder:
        before = start_peak()
        _stream(Path(folder) / "list.crl", _chunks(entries), fields, key)
        return (peak() - before) / 1e6


def _stream(
    path: Path, chunks: Iterator[RevocationColumns], fields: ListFields, key: SoftwareKey
) -> None:
    with CrlWriter(path, **fields) as writer:
        for chunk in chunks:
            writer.add(**chunk.arguments())
        writer.finish(key)


def _fields(key: SoftwareKey) -> ListFields:
    name = authority_name("Tokyo")
    return {
        "issuer_der": name.public_bytes(),
        "this_update": _AT,
        "next_update": _AT + 172_800,
        "crl_number": 1,
        "authority_key_id": hashlib.sha1(key.spki_der, usedforsecurity=False).digest(),
        "issuing_distribution_point_der": issuing_distribution_point_der(name, Covers.USERS),
    }


def _chunks(entries: int) -> Iterator[RevocationColumns]:
    """Serials of 20 octets, rising by a step that fills them; dates of three years, unordered."""
    step = _FIRST // entries
    for start in range(0, entries, _CHUNK):
        rows = range(start, min(start + _CHUNK, entries))
        dates = array.array("q", (_AT - row * 7_919_333 % _THREE_YEARS for row in rows))
        if sys.byteorder == "big":
            dates.byteswap()
        yield RevocationColumns(
            serials=b"".join((_FIRST + row * step).to_bytes(20, "big") for row in rows),
            serial_lengths=bytes((20,)) * len(rows),
            revocation_dates=dates.tobytes(),
            reasons=(_REASONS * (len(rows) // len(_REASONS) + 1))[: len(rows)],
        )


def _seconds(work: Callable[[], object]) -> Callable[[], float]:
    def timed() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return timed


ONE_MILLION = _row("crl_floor_1m", 1_000_000)
TEN_MILLION = _row("crl_floor_10m", 10_000_000)

if __name__ == "__main__":
    json.dump({"speed": _speed, "memory": _memory}[sys.argv[1]](int(sys.argv[2])), sys.stdout)
