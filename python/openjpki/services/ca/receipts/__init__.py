"""Signed receipts over what ca was asked and what it did (L1b)."""
