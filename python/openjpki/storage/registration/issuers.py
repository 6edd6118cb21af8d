"""Self-signed certificates of the authorities that issued, each kept once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import select

from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.registration.tables import issuers as _issuers

if TYPE_CHECKING:
    from openjpki.storage.kernel.transaction import Reading, Transaction


def keep(tx: Transaction, certificate: bytes) -> bytes:
    """Keep an authority's certificate (DER); its SHA-256, by which it is found again."""
    sha256 = hashlib.sha256(certificate).digest()
    insert_if_absent(tx, _issuers, sha256=sha256, certificate=certificate)
    return sha256


def get(tx: Reading, sha256: bytes) -> bytes | None:
    """The certificate with this SHA-256, DER, or None."""
    found = tx.connection.execute(
        select(_issuers.c.certificate).where(_issuers.c.sha256 == sha256)
    ).scalar()
    return None if found is None else bytes(found)
