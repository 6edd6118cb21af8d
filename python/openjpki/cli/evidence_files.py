"""Signed statements as files that any COSE library verifies: for a dispute (L1)."""

from __future__ import annotations

from pathlib import Path

from openjpki.cli.arguments import public_key_pem


def write_signed(
    folder: Path, name: str, *, statement: bytes, cose_sign1: bytes, spki_der: bytes
) -> None:
    """The statement's octets (CBOR), the COSE_Sign1 whose detached payload they are, the key."""
    (folder / f"{name}.statement.cbor").write_bytes(statement)
    (folder / f"{name}.cose").write_bytes(cose_sign1)
    (folder / f"{name}.key.pem").write_bytes(public_key_pem(spki_der))
