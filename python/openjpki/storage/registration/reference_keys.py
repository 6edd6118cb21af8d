"""Guards against running with another secret key for person references than before."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from sqlalchemy import select

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.registration.tables import reference_keys as _keys

if TYPE_CHECKING:
    from openjpki.storage.kernel.transaction import Transaction


def require_same(tx: Transaction, check_value: bytes) -> None:
    """Remember the key's check value at the first start; ``INVALID_FIELD`` if it has changed.

    With another key every person would look like a new one and could get a second certificate.
    """
    if insert_if_absent(tx, _keys, number=1, check_value=check_value):
        return
    known = tx.connection.execute(select(_keys.c.check_value)).scalar_one()
    if not hmac.compare_digest(bytes(known), check_value):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "holds another key than the one this database was begun with",
            field="registration.person_key_file",
        )
