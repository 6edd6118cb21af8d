"""Which functions of the lanes are read, and what is allowed in each."""

from __future__ import annotations

PREFIX = "rsa_lanes::ifma::"

# The arithmetic: one straight line each.
STRAIGHT = (
    "tiles::add_product",
    "tiles::add_square",
    "tiles::clear",
    "twenty::multiply",
    "twenty::square",
)
# Loops over public lengths around it, with the loads that bring secrets into general registers.
# None: secrets of that function stay in vector registers and in memory.
LOOPS: dict[str, str | None] = {
    "limbs::friendly": r"^mulq? .*\(",
    "limbs::from_octets": r"^movzb\w \S*\(",
    "modulus::Modulus::multiply": None,
    "modulus::Modulus::square": None,
    "private::remainder_power": None,
    "private::sign": None,
    "tiles::reduce": None,
    "window::digits": r"^movzb\w \S*\(",
    "window::pick": None,
    "window::power": None,
}
# The compiler may inline these into their callers, which then answer for them.
CALLERS = {
    "tiles::reduce": "modulus::Modulus::multiply",
    "window::digits": "window::power",
    "window::pick": "window::power",
    "window::power": "private::remainder_power",
}
# What is allowed beyond the rules: function, kind, how often, why.
EXCEPTIONS = {
    ("window::pick", "divides"): (6, "the length of the table by that of a number, both public"),
}
