"""Which functions of the lanes are read, and what is allowed in each."""

from __future__ import annotations

PREFIX = "rsa_lanes::ifma::"

# The arithmetic, and a read of the table beside it: one straight line each.
STRAIGHT = (
    "tiles::add_product",
    "tiles::add_square",
    "tiles::clear",
    "twenty::square",
    "twenty::square_and_read",
)
# Loops over public lengths around it, with the loads that bring secrets into general registers.
# None: secrets of that function stay in vector registers and in memory.
LOOPS: dict[str, str | None] = {
    "limbs::friendly": r"^mulq? .*\(",
    "limbs::from_octets": r"^movzb\w \S*\(",
    "modulus::Modulus::multiply": None,
    "modulus::Modulus::square": None,
    "modulus::Modulus::square_and_read": None,
    "private::remainder_powers": None,
    "private::sign": None,
    "tiles::reduce": None,
    "table::Read::pick": None,
    "table::mask_for_each": None,
    "twenty::multiply": None,
    "window::digits": r"^movzb\w \S*\(",
    "window::power": None,
    "window::powers": None,
}
# The compiler may inline these into their callers, which then answer for them.
CALLERS = {
    "modulus::Modulus::square_and_read": "window::power",
    "private::remainder_powers": "private::sign",
    "table::Read::pick": "modulus::Modulus::square_and_read",
    "table::mask_for_each": "window::power",
    "tiles::reduce": "modulus::Modulus::multiply",
    "window::digits": "window::power",
    "window::power": "private::remainder_powers",
    "window::powers": "window::power",
}
