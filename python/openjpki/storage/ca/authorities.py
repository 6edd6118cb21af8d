"""The authorities of this database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select, type_coerce, update
from sqlalchemy.types import NULLTYPE

from openjpki.domain import feed_digest
from openjpki.errors import OpenJpkiError
from openjpki.storage.ca import generations
from openjpki.storage.ca.generations import generation_of
from openjpki.storage.ca.tables import authorities as _authorities
from openjpki.storage.ca.tables import feeds as _feeds
from openjpki.storage.ca.tables import generations as _generations
from openjpki.storage.kernel.unreadable import (
    NOT_MADE,
    Unreadable,
    flag,
    not_readable,
    of_kind,
    read_each,
    read_one,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.generation import Generation
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

TABLE: Final = _authorities.name


COLUMNS: Final = tuple(
    # As it is stored: of whatever is there SQLAlchemy would make a truth value.
    type_coerce(one, NULLTYPE).label(one.name) if one.name == "active" else one
    for one in _authorities.c
)
"""Of which :func:`record_of` makes a record, in a question about more."""

_GET = select(*COLUMNS).where(_authorities.c.authority_id == bindparam("of_authority"))
_WITH_GENERATIONS = (
    select(*COLUMNS, *(one for one in _generations.c if one.name != "authority_id"))
    .outerjoin_from(
        _authorities, _generations, _generations.c.authority_id == _authorities.c.authority_id
    )
    .where(_authorities.c.authority_id == bindparam("of_authority"))
    .order_by(_generations.c.number)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRecord:
    """An authority, whichever key signs for it."""

    authority_id: AuthorityId
    active: bool
    """Whether its operator lets it issue; which of its keys may sign, a generation's state says."""
    policy_json: str
    """JSON document of ``openjpki.domain.policy``."""
    created_at: datetime

    @property
    def policy(self) -> Mapping[str, Any]:
        """That document."""
        document: Mapping[str, Any] = json.loads(self.policy_json)
        return document


def add(tx: Transaction, authority: AuthorityRecord) -> None:
    """Keep a new authority, its feed at 0. A second one with the id is a conflict."""
    tx.connection.execute(
        _authorities.insert().values(
            authority_id=authority.authority_id,
            active=authority.active,
            policy=authority.policy_json,
            created_at=authority.created_at,
        )
    )
    tx.connection.execute(
        _feeds.insert().values(
            authority_id=authority.authority_id,
            head=0,
            dropped_to=0,
            digest=feed_digest.START,
            digest_of=0,
        )
    )


def get(tx: Reading, authority_id: AuthorityId) -> AuthorityRecord | None:
    """The authority of an id, or None. Raises ``STORED_UNREADABLE``."""
    try:
        row = tx.connection.execute(_GET, {"of_authority": authority_id}).first()
        return None if row is None else record_of(row)
    except NOT_MADE as error:
        raise refusal_of(tx, authority_id, error) from error


def with_generations(
    tx: Reading, authority_id: AuthorityId
) -> tuple[AuthorityRecord, tuple[Generation, ...]] | None:
    """The authority of an id with every generation of its key, first to last, in one question.
    Raises ``STORED_UNREADABLE``."""
    try:
        rows = tx.connection.execute(_WITH_GENERATIONS, {"of_authority": authority_id}).all()
        return both_of(rows) if rows else None
    except NOT_MADE as error:
        raise refusal_of(tx, authority_id, error) from error


def both_of(rows: Sequence[Row[Any]]) -> tuple[AuthorityRecord, tuple[Generation, ...]]:
    """Of rows of one authority that have both tables' columns, one for each generation; for
    repositories in this room."""
    return record_of(rows[0]), tuple(generation_of(row) for row in rows if row.number is not None)


def refusal_of(tx: Reading, authority_id: AuthorityId, error: Exception) -> OpenJpkiError:
    """What whoever decides by an authority is told of which a row can't be read; it is read once
    more, to know which."""
    try:
        named = _GET.params(of_authority=authority_id)
        read_one(tx, named, record_of, table=_authorities)
        generations.of(tx, authority_id)
    except OpenJpkiError as refusal:
        return refusal
    return not_readable(Unreadable.of(TABLE, str(authority_id), error))


def all_of(tx: Reading, *, left_out: LeftOut | None = None) -> list[AuthorityRecord]:
    """Every authority, by id. ``left_out`` is told of one whose id is none here; without it, that
    raises ``INVALID_FIELD``. Policies are not read yet."""
    wanted = select(_authorities).order_by(_authorities.c.authority_id)
    return read_each(tx, wanted, record_of, table=_authorities, left_out=left_out)


def set_active(tx: Transaction, authority_id: AuthorityId, *, active: bool) -> bool:
    """Let it issue, or stop it; whether that changed anything."""
    result = tx.connection.execute(
        update(_authorities)
        .where(_authorities.c.authority_id == authority_id, _authorities.c.active != active)
        .values(active=active)
    )
    return result.rowcount == 1


def set_policy(tx: Transaction, authority_id: AuthorityId, policy: Mapping[str, Any]) -> None:
    """Replace its policy document."""
    tx.connection.execute(
        update(_authorities)
        .where(_authorities.c.authority_id == authority_id)
        .values(policy=as_json(policy))
    )


def as_json(policy: Mapping[str, Any]) -> str:
    """A policy document as it is kept."""
    return json.dumps(dict(policy), sort_keys=True, ensure_ascii=False)


def record_of(row: Row[Any] | StoredRow) -> AuthorityRecord:
    """Of a row that has the table's columns; for repositories in this room."""
    return AuthorityRecord(
        authority_id=row.authority_id,
        active=bool(flag(of_kind(int, row.active))),
        policy_json=of_kind(str, row.policy),
        created_at=row.created_at,
    )
