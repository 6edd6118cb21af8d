"""The generations of each authority's key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, literal, select, type_coerce, update
from sqlalchemy.types import NULLTYPE

from openjpki.domain.generation import Generation, GenerationState, require_next
from openjpki.storage.ca.tables import generations as _generations
from openjpki.storage.kernel.unreadable import each_of, of_kind, read_one, rows_of

if TYPE_CHECKING:
    from sqlalchemy import Row

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow


TABLE: Final = _generations.name

_OF = (
    select(_generations)
    .where(_generations.c.authority_id == bindparam("of_authority"))
    .order_by(_generations.c.number)
)


def add(tx: Transaction, generation: Generation) -> None:
    """Keep a new one. A number or a key label twice in an authority is a conflict, and so is a
    second one that issues."""
    tx.connection.execute(_generations.insert().values(_columns(generation)))


def _columns(generation: Generation) -> dict[str, object]:
    return {
        "authority_id": generation.authority_id,
        "number": generation.number,
        "state": generation.state.value,
        "key_label": generation.key_label,
        "certificate": generation.certificate,
        "not_before": generation.not_before,
        "not_after": generation.not_after,
    }


def of(
    tx: Reading, authority_id: AuthorityId, *, left_out: LeftOut | None = None
) -> tuple[Generation, ...]:
    """Every generation of an authority, first to last; empty without the authority. ``left_out``:
    told of one that can't be read, as by whoever then does without the authority."""
    rows = rows_of(tx, _OF, {"of_authority": authority_id})
    return tuple(each_of(rows, generation_of, table=_generations, left_out=left_out))


def as_stored(tx: Reading, authority_id: AuthorityId) -> list[StoredRow]:
    """The same rows, none of them read."""
    return list(rows_of(tx, _OF, {"of_authority": authority_id}))


def replace(tx: Transaction, stored_number: object, generation: Generation) -> None:
    """Put one in the place of a row, by what that has in the place of a number."""
    changed = _columns(generation)
    if stored_number == generation.number:
        # What other rows refer to is not even written: SQLite would look for each of them.
        del changed["authority_id"], changed["number"]
    tx.connection.execute(
        update(_generations)
        .where(
            _generations.c.authority_id == generation.authority_id,
            # As it is stored: of whatever type.
            type_coerce(_generations.c.number, NULLTYPE) == literal(stored_number, NULLTYPE),
        )
        .values(changed)
    )


def get(tx: Reading, authority_id: AuthorityId, number: int) -> Generation | None:
    """One generation, or None. Raises ``STORED_UNREADABLE``."""
    wanted = select(_generations).where(
        _generations.c.authority_id == authority_id, _generations.c.number == number
    )
    return read_one(tx, wanted, generation_of, table=_generations)


def set_state(
    tx: Transaction,
    authority_id: AuthorityId,
    number: int,
    *,
    now: GenerationState,
    then: GenerationState,
) -> bool:
    """Change its state; False when it is not ``now`` any more. A second one that issues is a
    conflict: retire the first before the other is made active. Raises ``WRONG_STATE`` for a state
    that may not follow."""
    require_next(now, then)
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


def generation_of(row: Row[Any] | StoredRow) -> Generation:
    """Of a row that has the table's columns; for repositories in this room."""
    return Generation(
        authority_id=row.authority_id,
        number=of_kind(int, row.number),
        certificate=of_kind(bytes, row.certificate),
        key_label=of_kind(str, row.key_label),
        not_before=row.not_before,
        not_after=row.not_after,
        state=GenerationState(row.state),
    )
