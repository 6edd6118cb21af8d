"""Certificate serial numbers (RFC 5280, 4.1.2.2): positive, at most 20 octets, unpredictable."""

from __future__ import annotations

from openjpki.errors import OpenJpkiError, Reason

SERIAL_OCTETS = 20


def serial_from_random(random_octets: bytes) -> int:
    """A serial of exactly 20 octets from 20 octets of a cryptographic random source.

    The top bit is cleared (positive in DER) and the next one set (no leading zero octet, so all
    serials of an authority have one length); the other 158 bits are as given, of which 64 are the
    least allowed. Raises ValueError for another number of octets: a program's fault, not a
    caller's.
    """
    if len(random_octets) != SERIAL_OCTETS:
        raise ValueError(f"a serial is made of {SERIAL_OCTETS} random octets")
    first = random_octets[0] & 0x3F | 0x40
    return int.from_bytes(bytes((first,)) + random_octets[1:], "big")


def is_serial(number: int) -> bool:
    """Whether it is positive and fits 20 octets as DER INTEGER."""
    return 0 < number < 1 << (8 * SERIAL_OCTETS - 1)


def require_serial(serial: int, *, field: str = "serial") -> int:
    """``serial`` if :func:`is_serial`; else INVALID_FIELD."""
    if not is_serial(serial):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be positive and at most 20 octets", field=field
        )
    return serial


def serial_to_bytes(serial: int) -> bytes:
    """Big-endian, shortest form without sign octet: the form that stores and messages use."""
    require_serial(serial)
    return serial.to_bytes((serial.bit_length() + 7) // 8, "big")
