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
import time
from typing import TYPE_CHECKING, TypedDict

from openjpki.signer_core import SoftwareKey, encode_crl
from openjpki.x509.crl.encoding import RevocationColumns
from openjpki.x509.crl.scope import Covers, issuing_distribution_point_der
from openjpki.x509.profiles.names import authority_name
from openjpki_devkit.bench.child import in_child
from openjpki_devkit.bench.rate import one_core
from openjpki_devkit.bench.result import Result, Row, in_turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.x509.crl.encoding import ListFields

_MODULE = "openjpki_devkit.bench.crl_floor"
_PEER = "copy into new memory + SHA-256 + one signature, same octets"
_AT = 1_795_392_000
_THREE_YEARS = 94_608_000
_REASONS = bytes((5, 1, 0, 3))
_TURNS = 5
_FIRST = 1 << 157


class _Speed(TypedDict):
    octets: int
    seconds: tuple[float, float]
    """Ours, the peer's."""


def _row(name: str, entries: int) -> Row:
    return Row(
        name,
        f"revocation list of {entries:,} entries against copy, hash and signature",
        lambda: _measure(name, entries),
    )


def _measure(name: str, entries: int) -> list[Result]:
    # A process of its own: columns and lists leave the memory to the next.
    with one_core():
        speed: _Speed = in_child(_MODULE, str(entries))
    ours, peer = speed["seconds"]
    return [
        Result(
            id=name,
            what=f"list of {entries:,} entries, {speed['octets'] / 1e6:.0f} MB, one core",
            value=ours,
            unit="s",
            peer=_PEER,
            peer_value=peer,
            ratio=peer / ours,
            command=f"make bench ONLY={name}",
        )
    ]


def _speed(entries: int) -> _Speed:
    key = SoftwareKey.generate(2048)
    columns = _columns(entries)
    fields = _fields(key)
    der = encode_crl(**fields, **columns.arguments(), key=key)

    def floor() -> None:
        key.sign(hashlib.sha256(bytearray(der)).digest())

    return {
        "octets": len(der),
        "seconds": in_turns(
            _seconds(lambda: encode_crl(**fields, **columns.arguments(), key=key)),
            _seconds(floor),
            _TURNS,
        ),
    }


def _fields(key: SoftwareKey) -> ListFields:
    name = authority_name("Tokyo")
    return {
        "issuer_der": name.public_bytes(),
        "this_update": _AT,
        "next_update": _AT + 172_800,
        "crl_number": 1,
        "authority_key_id": hashlib.sha1(key.spki_der, usedforsecurity=False).digest(),
        "issuing_distribution_point_der": issuing_distribution_point_der(name, Covers.USERS),
        "freshest_der": None,
    }


def _columns(entries: int) -> RevocationColumns:
    """Serials of 20 octets, rising by a step that fills them; dates of three years, unordered."""
    step = _FIRST // entries
    dates = array.array("q", (_AT - row * 7_919_333 % _THREE_YEARS for row in range(entries)))
    if sys.byteorder == "big":
        dates.byteswap()
    return RevocationColumns(
        serials=b"".join((_FIRST + row * step).to_bytes(20, "big") for row in range(entries)),
        serial_lengths=bytes((20,)) * entries,
        revocation_dates=dates.tobytes(),
        reasons=(_REASONS * (entries // len(_REASONS) + 1))[:entries],
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
    json.dump(_speed(int(sys.argv[1])), sys.stdout)
