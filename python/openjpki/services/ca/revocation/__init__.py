"""Revocation information (R3.1)."""
