"""Public keys presented before: a key belongs to one application (R2.5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.registration.tables import used_keys as _used_keys

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Transaction


def claim(tx: Transaction, fingerprint: bytes, *, application_id: str, at: datetime) -> None:
    """Take the key with this SHA-256 of its SubjectPublicKeyInfo, or keep it: an application may
    present its own again. Raises ``KEY_ALREADY_USED``."""
    taken = insert_if_absent(
        tx, _used_keys, fingerprint=fingerprint, application_id=application_id, used_at=at
    )
    if not taken and _owner(tx, fingerprint) != application_id:
        raise OpenJpkiError(
            Reason.KEY_ALREADY_USED,
            "holds a key presented before; make a new key pair",
            field="certification_request",
        )


def _owner(tx: Transaction, fingerprint: bytes) -> str | None:
    return tx.connection.execute(
        select(_used_keys.c.application_id).where(_used_keys.c.fingerprint == fingerprint)
    ).scalar_one_or_none()
