"""All that a user's intent takes and keeps, in one statement where the database can.

The serial number, the key, the person's place with the call's id, and what officers signed, each
only if the one before it was to be had.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam

from openjpki.storage.ca.issuances import row_of
from openjpki.storage.ca.tables import issuances as _issuances
from openjpki.storage.ca.tables import serials as _serials
from openjpki.storage.ca.tables import used_keys as _used_keys
from openjpki.storage.kernel.chain import Chain, inserted, inserted_if_absent

if TYPE_CHECKING:
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


def keep_at_once(tx: Transaction, intent: Intent, beside: Beside) -> Kept:
    """What could be kept; on SQLite nothing. Of what is lacking :mod:`openjpki.storage.ca.serials`,
    :mod:`~openjpki.storage.ca.used_keys` and :mod:`~openjpki.storage.ca.issuances` say why, or keep
    it after all."""
    made, _ = _chain(beside.table, beside.row).make(tx, {**row_of(intent), **beside.values})
    return Kept(made)


# Built once for each number of officers' keys.
@cache
def _chain(table: Table, beside: Select[Any]) -> Chain:
    value = {one.name: bindparam(one.name, type_=one.type) for one in _issuances.c}
    at = value["intended_at"]
    reserved = inserted_if_absent(_serials, {**value, "reserved_at": at}).cte("reserved")
    claim = {**value, "fingerprint": value["key_fingerprint"], "used_at": at}
    claimed = inserted_if_absent(_used_keys, claim, reserved).cte("claimed")
    intended = inserted_if_absent(_issuances, value, claimed).cte("intended")
    return Chain(reserved, claimed, intended, inserted(table, beside, intended).cte("beside"))
