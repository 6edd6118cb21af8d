"""Validating officials' certificates across the bridges (R4.5)."""
