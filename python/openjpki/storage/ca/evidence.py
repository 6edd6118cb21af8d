"""What officers signed for a user's or a cross certificate or for its revocation, kept beside it
(L1): what one act rests on in one row, as it is verified and kept together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy import bindparam, func, insert, literal_column, select

from openjpki.domain.officers import KeyState
from openjpki.evidence.kept import apart, read_kept, together
from openjpki.storage.ca.tables import evidence as _evidence
from openjpki.storage.kernel.beside import Beside
from openjpki.storage.kernel.unreadable import StoredRow, each_of, read_each
from openjpki.storage.officers import keys
from openjpki.storage.officers.tables import officer_keys as _keys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Insert, Select

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.evidence import OfficerSignature
    from openjpki.domain.officers import EnrolledKey
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut

_ENROLLED: ColumnElement[str] = literal_column(f"'{KeyState.ENROLLED.value}'")
"""Written out: a parameter more would be sent with every certificate."""


class EvidencedAct(Enum):
    """What rests on it; the value stands in the table."""

    ISSUANCE = "issuance"
    REVOCATION = "revocation"


class Signed(Protocol):
    """A statement as it was signed: what is kept of it."""

    @property
    def octets(self) -> bytes:
        """Of the statement, which were signed: CBOR."""
        ...

    @property
    def signature(self) -> OfficerSignature:
        """Over those octets."""
        ...


_Signed = TypeVar("_Signed", bound=Signed)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEvidence:
    """The same, read again. The officer's public key is in the register, for ever."""

    kind: str
    """Of the statement."""
    octets: bytes
    signature: OfficerSignature


def add(
    tx: Transaction,
    authority_id: AuthorityId,
    serial: bytes,
    act: EvidencedAct,
    signed: Sequence[_Signed],
) -> list[_Signed]:
    """Keep what an act rests on, in the transaction of the act; what must not be kept.

    That is what was signed with a key that is not enrolled any more at this moment: one statement
    asks and keeps, so nothing comes in between. Nothing is kept then, and the transaction must not
    be committed.
    """
    fingerprints = _fingerprints(signed)
    values = _values(authority_id, serial, act, signed, fingerprints)
    if tx.connection.execute(_adding(len(fingerprints)), values).rowcount == 1:
        return []
    # Only now is it asked which: nearly always all keys count.
    return refused(tx, signed)


def beside(
    authority_id: AuthorityId,
    serial: bytes,
    signed: Sequence[Signed],
    refuse: Callable[[Transaction], None],
    *,
    superseded: Sequence[Signed] = (),
) -> Beside:
    """As :func:`add`, of an issuance, to be sent with its intent. ``refuse`` is called where
    nothing was kept; it raises, for what :func:`refused` says.

    ``superseded``: kept too, though the act does not rest on it: another officer's statement, in
    ``signed``, stands in its place. Its key may have been revoked since.
    """
    fingerprints = _fingerprints(signed)
    return Beside(
        table=_evidence,
        row=_row(len(fingerprints)),
        values=_values(
            authority_id, serial, EvidencedAct.ISSUANCE, [*superseded, *signed], fingerprints
        ),
        refuse=refuse,
    )


def refused(tx: Transaction, signed: Sequence[_Signed]) -> list[_Signed]:
    """What stood in the way where nothing was kept, as :func:`add` says it."""
    known = keys.find(tx, _fingerprints(signed))
    return [one for one in signed if not _counts(known.get(one.signature.key_sha256))] or list(
        signed
    )


def _counts(key: EnrolledKey | None) -> bool:
    return key is not None and key.state is KeyState.ENROLLED


def _fingerprints(signed: Sequence[Signed]) -> frozenset[bytes]:
    return frozenset(one.signature.key_sha256 for one in signed)


def _values(
    authority_id: AuthorityId,
    serial: bytes,
    act: EvidencedAct,
    signed: Sequence[Signed],
    fingerprints: frozenset[bytes],
) -> Mapping[str, object]:
    return {
        "authority_id": authority_id,
        "serial": serial,
        "act": act.value,
        "signed": together((one.octets, one.signature.signature) for one in signed),
        **{f"key_{index}": one for index, one in enumerate(fingerprints)},
    }


# Built once for each number of keys: building a statement takes longer than sending it.
@cache
def _adding(number: int) -> Insert:
    return (
        insert(_evidence)
        .from_select([column.name for column in _evidence.c], _row(number))
        .execution_options(preserve_rowcount=True)
    )


@cache
def _row(number: int) -> Select[Any]:
    """The row, if every one of so many keys is enrolled."""
    signed_with = [
        bindparam(f"key_{index}", type_=_keys.c.key_sha256.type) for index in range(number)
    ]
    enrolled = (
        select(func.count())
        .where(_keys.c.key_sha256.in_(signed_with), _keys.c.state == _ENROLLED)
        .scalar_subquery()
    )
    columns = (bindparam(one.name, type_=one.type).label(one.name) for one in _evidence.c)
    return select(*columns).where(enrolled == literal_column(str(number)))


def of_certificate(
    tx: Reading, authority_id: AuthorityId, serial: bytes, *, left_out: LeftOut | None = None
) -> list[KeptEvidence]:
    """Oldest first; empty for a certificate that no officer signed for. ``left_out``: told of what
    can't be read: of a row, or of one statement in it, which keeps the others from nobody."""
    wanted = select(_evidence).where(
        _evidence.c.authority_id == authority_id, _evidence.c.serial == serial
    )
    each = partial(each_of, table=_evidence, left_out=left_out)
    acts = read_each(tx, wanted, _statements, table=_evidence, left_out=left_out)
    kept = [one for statements in acts for one in each(statements, _kept)]
    return sorted(
        kept,
        key=lambda one: (
            one.signature.occasion.signed_at,
            one.kind,
            str(one.signature.occasion.officer),
        ),
    )


def _statements(row: StoredRow) -> list[StoredRow]:
    """Each of them as if it had a row."""
    EvidencedAct(row.act)
    key = {name: row.stored(name) for name in ("authority_id", "serial", "act")}
    return [
        StoredRow({**key, "statement": statement, "signature": signature}, {})
        for statement, signature in apart(bytes(row.signed))
    ]


def _kept(row: StoredRow) -> KeptEvidence:
    kind, signature = read_kept(row.statement, row.signature)
    return KeptEvidence(kind=kind, octets=row.statement, signature=signature)
