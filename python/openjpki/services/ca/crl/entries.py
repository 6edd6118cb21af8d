"""Entries of a list, looked up and added to as columns: of millions, none is made an object."""

from __future__ import annotations

import array
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from openjpki.storage.ca.lists import RevokedColumns
from openjpki.x509.crl.encoding import RevocationColumns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOMENT = 8
"""Octets of one."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """One entry of a list, as others than its row have it."""

    serial: bytes
    reason: int
    revoked_at: int
    """Seconds since 1970 UTC."""


class Entries:
    """Those of rows, which come by serial number. Beside the columns they take eight octets each:
    where its serial number begins."""

    def __init__(self, columns: RevokedColumns) -> None:
        self._columns = columns
        self._begins = array.array("Q", accumulate(columns.serial_lengths, initial=0))

    def __len__(self) -> int:
        return len(self._columns.serial_lengths)

    def __iter__(self) -> Iterator[bytes]:
        """Serial numbers."""
        return map(self._serial, range(len(self)))

    def __contains__(self, serial: bytes) -> bool:
        place = self._place(serial)
        return place < len(self) and self._serial(place) == serial

    def with_those(self, others: Iterable[Revoked]) -> RevokedColumns:
        """The columns, with others that are not among them in their places."""
        serials, lengths, reasons, moments = (bytearray() for _ in range(4))
        begin = 0

        def copy(end: int) -> None:
            old = self._columns
            serials.extend(old.serials[self._begins[begin] : self._begins[end]])
            lengths.extend(old.serial_lengths[begin:end])
            reasons.extend(old.reasons[begin:end])
            moments.extend(old.revoked_at[_MOMENT * begin : _MOMENT * end])

        for one in sorted(others, key=lambda other: other.serial):
            place = self._place(one.serial)
            copy(place)
            begin = place
            serials += one.serial
            lengths.append(len(one.serial))
            reasons.append(one.reason)
            moments += one.revoked_at.to_bytes(_MOMENT, "little", signed=True)
        copy(len(self))
        return RevokedColumns(
            serials=bytes(serials),
            serial_lengths=bytes(lengths),
            reasons=bytes(reasons),
            revoked_at=bytes(moments),
        )

    def _place(self, serial: bytes) -> int:
        return bisect_left(range(len(self)), serial, key=self._serial)

    def _serial(self, place: int) -> bytes:
        return self._columns.serials[self._begins[place] : self._begins[place + 1]]


def columns_of(revoked: RevokedColumns) -> RevocationColumns:
    """As the encoder takes them."""
    return RevocationColumns(
        serials=revoked.serials,
        serial_lengths=revoked.serial_lengths,
        revocation_dates=revoked.revoked_at,
        reasons=revoked.reasons,
    )
