"""Revocation lists for registered verifiers (R4.1.2)."""
