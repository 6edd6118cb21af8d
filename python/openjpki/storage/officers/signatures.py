"""An officer's signature in a row of whichever table it is kept in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.officers import Officer

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.unreadable import StoredRow


class SignatureColumns(TypedDict):
    """What each such table has beside the officer and the request."""

    signed_at: datetime
    key_sha256: bytes
    signature: bytes


def signature_columns(signature: OfficerSignature) -> SignatureColumns:
    """What is written of it; who signed, and for which request, is for the table to name."""
    return {
        "signed_at": signature.occasion.signed_at,
        "key_sha256": signature.key_sha256,
        "signature": signature.signature,
    }


def signature_of(row: StoredRow, officer: str) -> OfficerSignature:
    """Of a row with those columns and ``request_id``; ``officer``: as the row names who signed.

    Raises ``INVALID_FIELD``, ``UNKNOWN_MUNICIPALITY``.
    """
    return OfficerSignature(
        occasion=Occasion(
            officer=Officer.parse(officer), request_id=row.request_id, signed_at=row.signed_at
        ),
        key_sha256=bytes(row.key_sha256),
        signature=bytes(row.signature),
    )
