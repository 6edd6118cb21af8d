"""All that a request for a user's certificate is judged by, in one question to the database.

One statement sees one moment, as a transaction that reads would, without beginning and ending one:
four ways to the server and back are saved at each certificate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, false, select

from openjpki.storage.ca import authorities, generations, issuances
from openjpki.storage.ca.tables import authorities as _authorities
from openjpki.storage.ca.tables import generations as _generations
from openjpki.storage.ca.tables import issuances as _issuances
from openjpki.storage.officers import keys
from openjpki.storage.officers.tables import officer_keys as _keys

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import BindParameter, Row, Select

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.generation import Generation
    from openjpki.domain.officers import EnrolledKey
    from openjpki.storage.ca.authorities import AuthorityRecord
    from openjpki.storage.ca.issuances import Progress
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading

_OF_A_KEY = len(keys.KeyRow._fields)


@dataclass(frozen=True, slots=True)
class Judged:
    """What there is, as of one moment."""

    authority: tuple[AuthorityRecord, tuple[Generation, ...]] | None
    """With every generation of its key, first to last; None: there is no such authority."""
    progress: Progress | None
    """What an earlier call with the same request id left."""
    officer_keys: Mapping[bytes, EnrolledKey]
    """Of those that were asked for, by fingerprint, whatever their state."""

    def find(self, key_sha256: bytes) -> EnrolledKey | None:
        """See :class:`openjpki.evidence.verification.OfficersRegister`."""
        return self.officer_keys.get(key_sha256)


def judged_by(
    tx: Reading, request: RequestKey, authority_id: AuthorityId, fingerprints: Collection[bytes]
) -> Judged:
    """``fingerprints``: of the officers' keys that the request's signatures name. Raises
    ``REQUEST_ID_REUSED``."""
    wanted = {f"wanted_{index}": one for index, one in enumerate(fingerprints)}
    asked = {
        "of_authority": authority_id,
        "of_method": request.method,
        "of_caller": request.caller,
        "of_request": request.request_id,
        **wanted,
    }
    rows = tx.connection.execute(_asking(len(wanted)), asked).all()
    if not rows:
        return Judged(None, None, {})
    first = rows[0]
    # Each generation comes with each key.
    found = {row.number: row for row in rows if row.number is not None}
    progress = None
    if first.issued_serial is not None:
        progress = issuances.progress_from(
            request, first.issued_serial, first.issued_digest, first.issued_state
        )
    return Judged(
        (
            authorities.record_of(first),
            tuple(generations.generation_of(row) for row in found.values()),
        ),
        progress,
        _keys_among(rows),
    )


def _keys_among(rows: Collection[Row[Any]]) -> dict[bytes, EnrolledKey]:
    # A key's columns are the last, and each key comes with each generation.
    found = {columns[0]: columns for columns in (row[-_OF_A_KEY:] for row in rows)}
    return {
        bytes(key_sha256): keys.key_of(keys.KeyRow._make(columns))
        for key_sha256, columns in found.items()
        if key_sha256 is not None
    }


# Built once for each number of keys: building a statement takes longer than sending it.
@cache
def _asking(number: int) -> Select[tuple[Any, ...]]:
    wanted: list[BindParameter[bytes]] = [bindparam(f"wanted_{index}") for index in range(number)]
    joined = (
        _authorities.outerjoin(
            _generations, _generations.c.authority_id == _authorities.c.authority_id
        )
        .outerjoin(
            _issuances,
            and_(
                _issuances.c.method == bindparam("of_method"),
                _issuances.c.caller == bindparam("of_caller"),
                _issuances.c.request_id == bindparam("of_request"),
            ),
        )
        .outerjoin(_keys, _keys.c.key_sha256.in_(wanted) if wanted else false())
    )
    return (
        select(
            *_authorities.c,
            *(one for one in _generations.c if one.name != "authority_id"),
            _issuances.c.serial.label("issued_serial"),
            _issuances.c.digest.label("issued_digest"),
            _issuances.c.state.label("issued_state"),
            *(_keys.c[name].label(f"officer_key_{name}") for name in keys.KeyRow._fields),
        )
        .select_from(joined)
        .where(_authorities.c.authority_id == bindparam("of_authority"))
        .order_by(_generations.c.number)
    )
