"""Signed statements: their octets, signatures over them, and whether those count.

Octets are CBOR in its deterministic form (RFC 8949 section 4.2.1), signatures COSE_Sign1 without
payload (RFC 9052 section 4.2); the values are in :mod:`openjpki.domain.evidence`.
"""
