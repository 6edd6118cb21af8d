"""Revocation lists: scope, encoding, checking."""
