"""The service bridge's own authority and its serial numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import literal, select, type_coerce, update
from sqlalchemy.types import NULLTYPE

from openjpki.domain.generation import MAY_SIGN_CERTIFICATES, GenerationState, require_next
from openjpki.storage.bridge.tables import serials as _serials
from openjpki.storage.bridge.tables import service_bridge as _bridge
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_each, rows_of

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

TABLE: Final = _bridge.name


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeGeneration:
    """A generation of the service bridge's key."""

    generation: int
    """From 1; rises when the key is replaced."""
    state: GenerationState
    key_label: str
    certificate: bytes
    """Self-signed, X.509 DER."""
    created_at: datetime


def all_of(tx: Reading, *, left_out: LeftOut | None = None) -> tuple[BridgeGeneration, ...]:
    """Every generation, first to last. ``left_out``: told of one that can't be read, which then
    does nothing."""
    wanted = select(_bridge).order_by(_bridge.c.generation)
    return tuple(read_each(tx, wanted, generation_of, table=_bridge, left_out=left_out))


def as_stored(tx: Reading) -> list[StoredRow]:
    """The same rows, none of them read."""
    return list(rows_of(tx, select(_bridge).order_by(_bridge.c.generation)))


def issuing(tx: Reading, *, left_out: LeftOut | None = None) -> BridgeGeneration | None:
    """The generation that signs cross certificates, or None where none does."""
    known = all_of(tx, left_out=left_out)
    return next((one for one in known if one.state in MAY_SIGN_CERTIFICATES), None)


def set_state(
    tx: Transaction, generation: int, *, now: GenerationState, then: GenerationState
) -> bool:
    """Change its state; False when it is not ``now`` any more. A second one that issues is a
    conflict: retire the first before the other is made active. Raises ``WRONG_STATE`` for a state
    that may not follow."""
    require_next(now, then)
    result = tx.connection.execute(
        update(_bridge)
        .where(_bridge.c.generation == generation, _bridge.c.state == now.value)
        .values(state=then.value)
    )
    return result.rowcount == 1


def add(tx: Transaction, record: BridgeGeneration) -> bool:
    """Keep a generation; False if there is one of this number."""
    return insert_if_absent(tx, _bridge, **_columns(record))


def replace(tx: Transaction, stored_number: object, record: BridgeGeneration) -> None:
    """Put a generation in the place of a row, by what that has in the place of a number."""
    tx.connection.execute(
        update(_bridge)
        # As it is stored: of whatever type.
        .where(type_coerce(_bridge.c.generation, NULLTYPE) == literal(stored_number, NULLTYPE))
        .values(_columns(record))
    )


def reserve_serial(tx: Transaction, serial: bytes, at: datetime) -> bool:
    """Take a serial number for good; False if it was ever taken before."""
    return insert_if_absent(tx, _serials, serial=serial, reserved_at=at)


def _columns(record: BridgeGeneration) -> dict[str, object]:
    return {
        "generation": record.generation,
        "state": record.state.value,
        "key_label": record.key_label,
        "certificate": record.certificate,
        "created_at": record.created_at,
    }


def generation_of(row: StoredRow) -> BridgeGeneration:
    """Of a row that has the table's columns. Raises one of ``NOT_READ``."""
    return BridgeGeneration(
        generation=row.generation,
        state=GenerationState(row.state),
        key_label=row.key_label,
        certificate=bytes(row.certificate),
        created_at=row.created_at,
    )
