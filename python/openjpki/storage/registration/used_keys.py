"""Public keys presented before: a key belongs to one application, for ever (R2.5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.registration.tables import used_keys as _used_keys

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Transaction


def claim(tx: Transaction, fingerprint: bytes, *, application_id: str, at: datetime) -> None:
    """Take the key with this SHA-256 of its SubjectPublicKeyInfo. Raises ``KEY_ALREADY_USED``."""
    taken = insert_if_absent(
        tx, _used_keys, fingerprint=fingerprint, application_id=application_id, used_at=at
    )
    if not taken:
        raise OpenJpkiError(
            Reason.KEY_ALREADY_USED,
            "holds a key presented before; make a new key pair",
            field="certification_request",
        )
