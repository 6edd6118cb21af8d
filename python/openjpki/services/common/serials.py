"""Reserving serial numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.serial import serial_from_random, serial_to_bytes

if TYPE_CHECKING:
    from collections.abc import Callable


def reserve_serial(random: Callable[[int], bytes], reserve: Callable[[bytes], bool]) -> int:
    """A serial number that was never reserved before and now is, durably.

    ``random`` gives so many octets; ``reserve`` keeps a number (big-endian, minimal), and says
    False if it was kept before.
    """
    while True:
        serial = serial_from_random(random(20))
        if reserve(serial_to_bytes(serial)):
            return serial
