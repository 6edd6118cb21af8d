"""Entries of a list as columns: what is among them, and what is put between them."""

from __future__ import annotations

import array
import tracemalloc
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from openjpki.services.ca.crl.entries import Entries, Revoked
from openjpki.storage.ca.lists import RevokedColumns

if TYPE_CHECKING:
    from collections.abc import Sequence

MANY = 20_000


def columns_of(serials: Sequence[bytes]) -> RevokedColumns:
    """In the order of a database: octet by octet."""
    return RevokedColumns(
        serials=b"".join(serials),
        serial_lengths=bytes(map(len, serials)),
        reasons=bytes(number % 7 for number in range(len(serials))),
        revoked_at=array.array("q", range(len(serials))).tobytes(),
    )


@pytest.mark.parametrize(
    "stored", [[], [b"\x05"], [b"\x01\x02", b"\x02", b"\x02\x00", b"\x7f" * 20]]
)
def test_others_come_to_their_places(stored: list[bytes]) -> None:
    others = [
        Revoked(b"\x7f" * 19, 4, -1),
        Revoked(b"\x01", 1, 1_900_000_000),
        Revoked(b"\x7f" * 20, 3, 2),
        Revoked(b"\x02\x00\x01", 2, 0),
    ]
    before = Entries(columns_of(stored))
    added = [one for one in others if one.serial not in before]
    after = Entries(made := before.with_those(added))
    assert [*before] == stored
    assert [*after] == sorted({*stored, *(one.serial for one in others)})
    assert all(one in after for one in after)
    assert b"\x03" not in after
    assert all(one < other for one, other in pairwise(after))
    moments = array.array("q", made.revoked_at)
    rows = dict(zip(after, zip(made.reasons, moments, strict=True), strict=True))
    assert [rows[one.serial] for one in added] == [(one.reason, one.revoked_at) for one in added]
    kept = [rows[serial] for serial in stored]
    assert kept == [(number % 7, number) for number in range(len(stored))]


def test_none_is_made_an_object() -> None:
    """What is looked up takes eight octets an entry; what is put between them, the columns anew."""
    columns = columns_of([b"\x40" * 16 + number.to_bytes(4, "big") for number in range(MANY)])
    lacking = [Revoked(b"\x50" + bytes(18), 1, 1)]
    tracemalloc.start()
    try:
        here = Entries(columns)
        assert sum(serial in here for serial in here) == MANY
        looked_up = tracemalloc.get_traced_memory()[1]
        here.with_those(lacking)
        put = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert looked_up < 12 * MANY
    assert put < 100 * MANY
