"""DER octet by octet, also such as no library would write."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

UTF8: Final = 0x0C
PRINTABLE: Final = 0x13
TELETEX: Final = 0x14
IA5: Final = 0x16
BMP: Final = 0x1E


def tlv(tag: int, *contents: bytes) -> bytes:
    """One element of definite length, the shortest form of it."""
    content = b"".join(contents)
    return bytes([tag]) + length_of(len(content)) + content


def length_of(count: int) -> bytes:
    """The length octets."""
    if count < 0x80:
        return bytes([count])
    octets = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def sequence(*contents: bytes) -> bytes:
    return tlv(0x30, *contents)


def set_of(*contents: bytes) -> bytes:
    return tlv(0x31, *contents)


def explicit(number: int, *contents: bytes) -> bytes:
    return tlv(0xA0 | number, *contents)


def implicit(number: int, content: bytes) -> bytes:
    """A primitive type under a context tag."""
    return tlv(0x80 | number, content)


def integer(value: int, tag: int = 2) -> bytes:
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


TRUE: Final = b"\1\1\xff"
FALSE: Final = b"\1\1\0"


def octets(content: bytes) -> bytes:
    return tlv(4, content)


def bits(content: bytes, unused: int = 0) -> bytes:
    return tlv(3, bytes([unused]), content)


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return tlv(6, *map(_arc, (first * 40 + second, *rest)))


def _arc(value: int) -> bytes:
    septets = [value & 0x7F]
    while value := value >> 7:
        septets.append(0x80 | value & 0x7F)
    return bytes(reversed(septets))


def time(moment: datetime) -> bytes:
    """UTCTime until 2049, GeneralizedTime after (RFC 5280 4.1.2.5)."""
    moment = moment.astimezone(UTC)
    if moment.year < 2050:
        return tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())
