"""All that a user's intent takes and keeps, in one statement where the database can.

The serial number, the key, the person's place with the call's id, what officers signed, and the
journal's entry, each only if the one before it was to be had.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca.issuances import row_of
from openjpki.storage.ca.tables import issuances as _issuances
from openjpki.storage.ca.tables import serials as _serials
from openjpki.storage.ca.tables import used_keys as _used_keys
from openjpki.storage.kernel.beginning import Turn
from openjpki.storage.kernel.chain import Chain, inserted, inserted_if_absent
from openjpki.storage.kernel.journal import entered_after

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Select, Table

    from openjpki.storage.ca.issuances import Intent
    from openjpki.storage.kernel.beside import Beside
    from openjpki.storage.kernel.transaction import Transaction


class Kept(IntEnum):
    """How far it came; each with those before it."""

    NOTHING = 0
    SERIAL = 1
    KEY = 2
    INTENT = 3
    EVIDENCE = 4
    ENTRY = 5


def keep_at_once(
    tx: Transaction, intent: Intent, beside: Beside, entry: Mapping[str, Any] | None
) -> Kept:
    """What could be kept; on SQLite nothing. Of what is lacking :mod:`openjpki.storage.ca.serials`,
    :mod:`~openjpki.storage.ca.used_keys` and :mod:`~openjpki.storage.ca.issuances` say why, or keep
    it after all. ``entry``: see :meth:`openjpki.storage.kernel.journal.Journal.entering`.

    Raises ``INTERNAL`` in a transaction that may run beside one that ends an officer's key: the
    statement may wait for a key or a person, and sees the officers' keys as they were before.
    """
    if tx.turn is not Turn.COUNTS:
        raise OpenJpkiError(Reason.INTERNAL, "signatures are counted out of turn")
    chain = _chain(beside.table, beside.row, enters=entry is not None)
    made, _ = chain.make(tx, {**row_of(intent), **beside.values, **(entry or {})})
    return Kept(made)


# Built once for each number of officers' keys.
@cache
def _chain(table: Table, beside: Select[Any], *, enters: bool) -> Chain:
    value = {one.name: bindparam(one.name, type_=one.type) for one in _issuances.c}
    at = value["intended_at"]
    reserved = inserted_if_absent(_serials, {**value, "reserved_at": at}).cte("reserved")
    claim = {**value, "fingerprint": value["key_fingerprint"], "used_at": at}
    claimed = inserted_if_absent(_used_keys, claim, reserved).cte("claimed")
    intended = inserted_if_absent(_issuances, value, claimed).cte("intended")
    signed = inserted(table, beside, intended).cte("beside")
    kept = (reserved, claimed, intended, signed)
    if not enters:
        return Chain(*kept)
    return Chain(*kept, entered_after(signed.c.authority_id).cte("entered"))
