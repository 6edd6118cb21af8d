"""All that a request for a user's certificate is judged by, in one question to the database.

One statement sees one moment, as a transaction that reads would, without beginning and ending one:
four ways to the server and back are saved at each certificate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, select

from openjpki.storage.ca import authorities
from openjpki.storage.ca.issuances import Begun
from openjpki.storage.ca.tables import authorities as _authorities
from openjpki.storage.ca.tables import generations as _generations
from openjpki.storage.ca.tables import issuances as _issuances
from openjpki.storage.kernel.unreadable import NOT_MADE
from openjpki.storage.kernel.written import Written
from openjpki.storage.officers import keys
from openjpki.storage.officers.tables import officer_keys as _keys

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement, Row, Select

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.generation import Generation
    from openjpki.domain.officers import EnrolledKey
    from openjpki.storage.ca.authorities import AuthorityRecord
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading

_BEFORE: tuple[ColumnElement[Any], ...] = (
    *authorities.COLUMNS,
    *(one for one in _generations.c if one.name != "authority_id"),
    _issuances.c.serial.label("issued_serial"),
    _issuances.c.digest.label("issued_digest"),
)
_BEFORE_KEYS, _OF_A_KEY = len(_BEFORE), len(keys.KeyRow._fields)


@dataclass(frozen=True, slots=True)
class Judged:
    """What there is, as of one moment."""

    authority: tuple[AuthorityRecord, tuple[Generation, ...]] | None
    """With every generation of its key, first to last; None: there is no such authority."""
    begun: Begun | None
    """What an earlier call with the same request id began."""
    officer_keys: Mapping[bytes, EnrolledKey]
    """Of those that were asked for, by fingerprint, whatever their state."""

    def find(self, key_sha256: bytes) -> EnrolledKey | None:
        """See :class:`openjpki.evidence.verification.OfficersRegister`."""
        return self.officer_keys.get(key_sha256)


def judged_by(
    tx: Reading, request: RequestKey, authority_id: AuthorityId, fingerprints: Collection[bytes]
) -> Judged:
    """``fingerprints``: of the officers' keys that the request's signatures name. Raises
    ``REQUEST_ID_REUSED``, ``STORED_UNREADABLE``."""
    wanted = {f"wanted_{index}": one for index, one in enumerate(fingerprints)}
    asked = {
        "of_authority": authority_id,
        "of_method": request.method,
        "of_caller": request.caller,
        "of_request": request.request_id,
        **wanted,
    }
    try:
        rows = _rows(tx, len(wanted), asked)
        authority = authorities.both_of(rows) if rows else None
    except NOT_MADE as error:
        raise authorities.refusal_of(tx, authority_id, error) from error
    if not rows:
        return Judged(None, None, {})
    first = rows[0]
    begun = None
    if first.issued_serial is not None:
        request.require_same(first.issued_digest)
        begun = Begun(bytes(first.issued_serial))
    return Judged(authority, begun, _keys_in(first))


def _keys_in(row: Row[Any]) -> dict[bytes, EnrolledKey]:
    # Columns of keys are the last ones.
    columns = row[_BEFORE_KEYS:]
    each = (columns[at : at + _OF_A_KEY] for at in range(0, len(columns), _OF_A_KEY))
    return {one[0]: _key_of(one) for one in each if one[0] is not None}


# An officer signs many times a day.
@lru_cache(maxsize=4096)
def _key_of(columns: tuple[Any, ...]) -> EnrolledKey:
    return keys.key_of(keys.KeyRow._make(columns))


def _rows(tx: Reading, number: int, asked: Mapping[str, Any]) -> Sequence[Row[Any]]:
    if tx.connection.dialect.name == "postgresql":
        return _written(number).rows(tx, asked)
    return tx.connection.execute(_asking(number), asked).all()


@cache
def _written(number: int) -> Written:
    return Written(_asking(number))


# Built once for each number of keys: building a statement takes longer than sending it.
@cache
def _asking(number: int) -> Select[tuple[Any, ...]]:
    joined = _authorities.outerjoin(
        _generations, _generations.c.authority_id == _authorities.c.authority_id
    ).outerjoin(
        _issuances,
        and_(
            _issuances.c.method == bindparam("of_method"),
            _issuances.c.caller == bindparam("of_caller"),
            _issuances.c.request_id == bindparam("of_request"),
        ),
    )
    # One beside the other, not one below the other: what else is in a row is read once.
    wanted = [_keys.alias(f"key_{index}") for index in range(number)]
    for index, key in enumerate(wanted):
        joined = joined.outerjoin(key, key.c.key_sha256 == bindparam(f"wanted_{index}"))
    return (
        select(
            *_BEFORE,
            *(
                key.c[name].label(f"{key.name}_{name}")
                for key in wanted
                for name in keys.KeyRow._fields
            ),
        )
        .select_from(joined)
        .where(_authorities.c.authority_id == bindparam("of_authority"))
        .order_by(_generations.c.number)
    )
