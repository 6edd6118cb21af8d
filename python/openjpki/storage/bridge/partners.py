"""The authorities that cross certificates are exchanged with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from openjpki.storage.bridge.kinds import PartnerKind
from openjpki.storage.bridge.tables import partners as _partners
from openjpki.storage.kernel.columns import insert_if_absent

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from openjpki.storage.kernel.transaction import Reading, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRecord:
    """A registered partner."""

    partner_id: str
    kind: PartnerKind
    display_name: str
    certificate: bytes | None
    """Self-signed, X.509 DER; of a foreign partner only."""
    identity: bytes | None
    """SHA-256 of its name and key; of a foreign partner only."""
    registered_at: datetime


def add(tx: Transaction, partner: PartnerRecord) -> bool:
    """Keep a partner; False if its id or its name and key are another's already."""
    return insert_if_absent(
        tx,
        _partners,
        partner_id=partner.partner_id,
        kind=partner.kind.value,
        display_name=partner.display_name,
        certificate=partner.certificate,
        identity=partner.identity,
        registered_at=partner.registered_at,
    )


def get(tx: Reading, partner_id: str) -> PartnerRecord | None:
    """A partner, or None."""
    row = tx.connection.execute(
        select(_partners).where(_partners.c.partner_id == partner_id)
    ).first()
    return None if row is None else _record(row)


def all_of(tx: Reading) -> list[PartnerRecord]:
    """Every partner, in the order of registration."""
    rows = tx.connection.execute(
        select(_partners).order_by(_partners.c.registered_at, _partners.c.partner_id)
    )
    return [_record(row) for row in rows]


def _record(row: Row[Any]) -> PartnerRecord:
    return PartnerRecord(
        partner_id=row.partner_id,
        kind=PartnerKind(row.kind),
        display_name=row.display_name,
        certificate=None if row.certificate is None else bytes(row.certificate),
        identity=None if row.identity is None else bytes(row.identity),
        registered_at=row.registered_at,
    )
