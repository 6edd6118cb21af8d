"""The service bridge's own authority and its serial numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

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
    key_label: str
    certificate: bytes
    """Self-signed, X.509 DER."""
    created_at: datetime


def newest(tx: Reading) -> BridgeGeneration | None:
    """The generation that signs now, or None before the first one was made.

    It is the one of the highest number: a generation has no state here, because no act of the
    service plans or retires one.
    """
    row = tx.connection.execute(
        select(_bridge).order_by(_bridge.c.generation.desc()).limit(1)
    ).first()
    if row is None:
        return None
    return BridgeGeneration(
        generation=row.generation,
        key_label=row.key_label,
        certificate=bytes(row.certificate),
        created_at=row.created_at,
    )


def add(tx: Transaction, record: BridgeGeneration) -> bool:
    """Keep a generation; False if there is one of this number."""
    return insert_if_absent(
        tx,
        _bridge,
        generation=record.generation,
        key_label=record.key_label,
        certificate=record.certificate,
        created_at=record.created_at,
    )


def reserve_serial(tx: Transaction, serial: bytes, at: datetime) -> bool:
    """Take a serial number for good; False if it was ever taken before."""
    return insert_if_absent(tx, _serials, serial=serial, reserved_at=at)
