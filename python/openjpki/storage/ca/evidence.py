"""What officers signed for a user's or a cross certificate or for its revocation, kept beside it
(L1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, literal_column, select, union_all

from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.officers import KeyState, Officer
from openjpki.storage.ca.tables import evidence as _evidence
from openjpki.storage.kernel.numbered import Beside
from openjpki.storage.officers import keys
from openjpki.storage.officers.tables import officer_keys as _keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, CompoundSelect, Insert

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.officers import EnrolledKey
    from openjpki.storage.kernel.transaction import Reading, Transaction

_SHARED = {"authority_id", "serial"}
"""Columns in which all that is kept of one act is the same."""

_ENROLLED: ColumnElement[str] = literal_column(f"'{KeyState.ENROLLED.value}'")
"""Written out: a parameter of each row would be sent with every certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEvidence:
    """A statement as it was signed. The officer's public key is in the register, for ever."""

    kind: str
    """Of the statement."""
    statement: bytes
    """The octets that were signed: CBOR."""
    signature: OfficerSignature


def add(
    tx: Transaction, authority_id: AuthorityId, serial: bytes, kept: Sequence[KeptEvidence]
) -> list[KeptEvidence]:
    """Keep what an act rests on, in the transaction of the act; what could not be kept.

    That is what was signed with a key that is not enrolled any more at this moment: one statement
    asks and keeps, so nothing comes in between. The transaction must then not be committed.
    """
    values = _values(authority_id, serial, kept)
    return missing(tx, kept, tx.connection.execute(_adding(len(kept)), values).rowcount)


def beside(
    authority_id: AuthorityId,
    serial: bytes,
    kept: Sequence[KeptEvidence],
    inserted: Callable[[Transaction, int], None],
) -> Beside:
    """As :func:`add`, to be sent with the act's entry in the journal. ``inserted`` is told how many
    were kept, of which :func:`missing` tells the rest."""
    return Beside(
        table=_evidence,
        rows=_rows(len(kept)),
        values=_values(authority_id, serial, kept),
        inserted=inserted,
    )


def missing(tx: Transaction, kept: Sequence[KeptEvidence], count: int) -> list[KeptEvidence]:
    """What could not be kept where so many were, as :func:`add` says it."""
    if count == len(kept):
        return []
    # Only now is it asked which: nearly always nothing is missing.
    known = keys.find(tx, {one.signature.key_sha256 for one in kept})
    return [one for one in kept if not _counts(known.get(one.signature.key_sha256))] or list(kept)


def _counts(key: EnrolledKey | None) -> bool:
    return key is not None and key.state is KeyState.ENROLLED


def add_superseded(
    tx: Transaction, authority_id: AuthorityId, serial: bytes, kept: KeptEvidence
) -> None:
    """Keep what the act does not rest on: another officer's statement, kept beside it, stands in
    its place. Its key may have been revoked since."""
    tx.connection.execute(
        insert(_evidence).values(
            authority_id=authority_id,
            serial=serial,
            officer=str(kept.signature.occasion.officer),
            **_columns(kept),
        )
    )


def _values(
    authority_id: AuthorityId, serial: bytes, kept: Sequence[KeptEvidence]
) -> dict[str, object]:
    values: dict[str, object] = {"authority_id": authority_id, "serial": serial}
    for index, one in enumerate(kept):
        values |= {f"{name}_{index}": value for name, value in _columns(one).items()}
    return values


def _columns(kept: KeptEvidence) -> dict[str, object]:
    occasion = kept.signature.occasion
    return {
        "kind": kept.kind,
        "request_id": occasion.request_id,
        "signed_at": occasion.signed_at,
        "key_sha256": kept.signature.key_sha256,
        "statement": kept.statement,
        "signature": kept.signature.signature,
    }


# Built once for each number of officers: building a statement takes longer than sending it.
@cache
def _adding(number: int) -> Insert:
    return (
        insert(_evidence)
        .from_select([column.name for column in _evidence.c], _rows(number))
        .execution_options(preserve_rowcount=True)
    )


@cache
def _rows(number: int) -> CompoundSelect[Any]:
    rows = []
    for index in range(number):
        row = {
            column.name: bindparam(
                column.name if column.name in _SHARED else f"{column.name}_{index}",
                type_=column.type,
            )
            for column in _evidence.c
            if column.name != "officer"
        }
        rows.append(
            # Whose key it is, the register says.
            select(
                *(
                    row.get(column.name, _keys.c.officer).label(column.name)
                    for column in _evidence.c
                )
            ).where(_keys.c.key_sha256 == row["key_sha256"], _keys.c.state == _ENROLLED)
        )
    return union_all(*rows)


def of_certificate(tx: Reading, authority_id: AuthorityId, serial: bytes) -> list[KeptEvidence]:
    """Oldest first; empty for a certificate that no officer signed for."""
    rows = tx.connection.execute(
        select(_evidence)
        .where(_evidence.c.authority_id == authority_id, _evidence.c.serial == serial)
        .order_by(_evidence.c.signed_at, _evidence.c.kind, _evidence.c.officer)
    )
    return [
        KeptEvidence(
            kind=row.kind,
            statement=bytes(row.statement),
            signature=OfficerSignature(
                occasion=Occasion(
                    officer=Officer.parse(row.officer),
                    request_id=row.request_id,
                    signed_at=row.signed_at,
                ),
                key_sha256=bytes(row.key_sha256),
                signature=bytes(row.signature),
            ),
        )
        for row in rows
    ]
