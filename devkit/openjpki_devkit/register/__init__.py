"""Residents who do not exist, and the register files that hold them."""
