"""A cross-certification that somebody decides about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.services.bridge.exchange.answers import not_found
from openjpki.storage.bridge import crosses

if TYPE_CHECKING:
    from openjpki.storage.bridge.crosses import CrossRecord
    from openjpki.storage.kernel.transaction import Transaction


def lock_cross(tx: Transaction, cross_certification_id: str) -> CrossRecord:
    """It as it stands; nobody else decides about it until this transaction ends.

    Raises ``CROSS_CERTIFICATE_NOT_FOUND``.
    """
    found = crosses.lock(tx, cross_certification_id)
    if found is None:
        raise not_found()
    return found
