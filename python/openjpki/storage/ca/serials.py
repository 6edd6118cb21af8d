"""Serial numbers: durable before anything is signed with them, never reused (RFC 5280, 4.1.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.storage.ca.tables import serials as _serials
from openjpki.storage.kernel.columns import insert_if_absent

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Transaction


def reserve(tx: Transaction, authority_id: AuthorityId, serial: bytes, at: datetime) -> bool:
    """Take a serial number for good; False if it was ever taken before."""
    return insert_if_absent(tx, _serials, authority_id=authority_id, serial=serial, reserved_at=at)
