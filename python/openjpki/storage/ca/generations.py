"""The generations of each authority's key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from openjpki.domain.generation import Generation, GenerationState
from openjpki.storage.ca.tables import generations as _generations

if TYPE_CHECKING:
    from sqlalchemy import Row

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction


_OF = (
    select(_generations)
    .where(_generations.c.authority_id == bindparam("of_authority"))
    .order_by(_generations.c.number)
)


def add(tx: Transaction, generation: Generation) -> None:
    """Keep a new one. A number or a key label twice in an authority is a conflict, and so is a
    second one that issues."""
    tx.connection.execute(
        _generations.insert().values(
            authority_id=generation.authority_id,
            number=generation.number,
            state=generation.state.value,
            key_label=generation.key_label,
            certificate=generation.certificate,
            not_before=generation.not_before,
            not_after=generation.not_after,
        )
    )


def of(tx: Reading, authority_id: AuthorityId) -> tuple[Generation, ...]:
    """Every generation of an authority, first to last; empty without the authority."""
    rows = tx.connection.execute(_OF, {"of_authority": authority_id})
    return tuple(generation_of(row) for row in rows)


def get(tx: Reading, authority_id: AuthorityId, number: int) -> Generation | None:
    """One generation, or None."""
    row = tx.connection.execute(
        select(_generations).where(
            _generations.c.authority_id == authority_id, _generations.c.number == number
        )
    ).first()
    return None if row is None else generation_of(row)


def set_state(
    tx: Transaction,
    authority_id: AuthorityId,
    number: int,
    *,
    now: GenerationState,
    then: GenerationState,
) -> bool:
    """Change its state; False when it is not ``now`` any more. A second one that issues is a
    conflict: retire the first before the other is made active."""
    result = tx.connection.execute(
        update(_generations)
        .where(
            _generations.c.authority_id == authority_id,
            _generations.c.number == number,
            _generations.c.state == now.value,
        )
        .values(state=then.value)
    )
    return result.rowcount == 1


def generation_of(row: Row[Any]) -> Generation:
    """Of a row that has the table's columns; for repositories in this room."""
    return Generation(
        authority_id=row.authority_id,
        number=row.number,
        certificate=bytes(row.certificate),
        key_label=row.key_label,
        not_before=row.not_before,
        not_after=row.not_after,
        state=GenerationState(row.state),
    )
