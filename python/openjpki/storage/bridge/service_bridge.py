"""The service bridge's own authority and its serial numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from openjpki.domain.generation import MAY_SIGN_CERTIFICATES, GenerationState
from openjpki.storage.bridge.tables import serials as _serials
from openjpki.storage.bridge.tables import service_bridge as _bridge
from openjpki.storage.kernel.columns import insert_if_absent

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading, Transaction


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


def all_of(tx: Reading) -> tuple[BridgeGeneration, ...]:
    """Every generation, first to last."""
    rows = tx.connection.execute(select(_bridge).order_by(_bridge.c.generation))
    return tuple(
        BridgeGeneration(
            generation=row.generation,
            state=GenerationState(row.state),
            key_label=row.key_label,
            certificate=bytes(row.certificate),
            created_at=row.created_at,
        )
        for row in rows
    )


def issuing(tx: Reading) -> BridgeGeneration | None:
    """The generation that signs cross certificates, or None where none does."""
    return next((one for one in all_of(tx) if one.state in MAY_SIGN_CERTIFICATES), None)


def set_state(
    tx: Transaction, generation: int, *, now: GenerationState, then: GenerationState
) -> bool:
    """Change its state; False when it is not ``now`` any more. A second one that issues is a
    conflict: retire the first before the other is made active."""
    result = tx.connection.execute(
        update(_bridge)
        .where(_bridge.c.generation == generation, _bridge.c.state == now.value)
        .values(state=then.value)
    )
    return result.rowcount == 1


def add(tx: Transaction, record: BridgeGeneration) -> bool:
    """Keep a generation; False if there is one of this number."""
    return insert_if_absent(
        tx,
        _bridge,
        generation=record.generation,
        state=record.state.value,
        key_label=record.key_label,
        certificate=record.certificate,
        created_at=record.created_at,
    )


def reserve_serial(tx: Transaction, serial: bytes, at: datetime) -> bool:
    """Take a serial number for good; False if it was ever taken before."""
    return insert_if_absent(tx, _serials, serial=serial, reserved_at=at)
