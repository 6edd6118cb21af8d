"""Registered verifiers: who may ask, and about which authorities (R4.2)."""
