"""Signed statements as files that any COSE library verifies: for a dispute (L1)."""

from __future__ import annotations

from pathlib import Path

from openjpki.cli.arguments import public_key_pem
from openjpki.cli.files import writable, write


def write_signed(
    folder: Path, name: str, *, statement: bytes, cose_sign1: bytes, spki_der: bytes
) -> None:
    """The statement's octets (CBOR), the COSE_Sign1 whose detached payload they are, the key."""
    files = {
        folder / f"{name}.statement.cbor": statement,
        folder / f"{name}.cose": cose_sign1,
        folder / f"{name}.key.pem": public_key_pem(spki_der),
    }
    for file in files:
        writable(file)
    for file, octets in files.items():
        write(file, octets)
