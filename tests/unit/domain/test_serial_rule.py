"""The serial rule of the certificate profile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.domain.serial import require_serial, serial_from_random, serial_to_bytes
from openjpki.errors import OpenJpkiError

RANDOM_BITS = 158


@given(st.binary(min_size=20, max_size=20))
def test_serials_are_positive_twenty_octets_and_keep_their_randomness(octets: bytes) -> None:
    serial = serial_from_random(octets)
    der_body = serial.to_bytes(20, "big", signed=True)
    assert serial > 0
    assert der_body[0] & 0x80 == 0
    assert der_body[0] != 0
    assert serial % (1 << RANDOM_BITS) == int.from_bytes(octets, "big") % (1 << RANDOM_BITS)
    assert serial_to_bytes(serial) == der_body


@pytest.mark.parametrize("length", [0, 8, 19, 21])
def test_other_lengths_of_randomness_are_a_fault(length: int) -> None:
    with pytest.raises(ValueError, match="20 random octets"):
        serial_from_random(bytes(length))


@pytest.mark.parametrize("serial", [0, -1, 1 << 159])
def test_numbers_that_are_no_serials(serial: int) -> None:
    with pytest.raises(OpenJpkiError):
        require_serial(serial)


@given(st.integers(min_value=1, max_value=(1 << 159) - 1))
def test_foreign_serials_round_trip(serial: int) -> None:
    octets = serial_to_bytes(serial)
    assert int.from_bytes(octets, "big") == serial
    assert octets[0] != 0
