"""Revocation asked for at the window (R3.1.1)."""
