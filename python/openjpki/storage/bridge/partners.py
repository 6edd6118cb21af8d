"""The authorities that cross certificates are exchanged with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from openjpki.storage.bridge.kinds import PartnerKind
from openjpki.storage.bridge.tables import partners as _partners
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_each

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow


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
    """A partner, or None. Raises ``STORED_UNREADABLE``."""
    wanted = select(_partners).where(_partners.c.partner_id == partner_id)
    found = read_each(tx, wanted, _record, table=_partners, left_out=None)
    return found[0] if found else None


def all_of(tx: Reading, *, left_out: LeftOut | None = None) -> list[PartnerRecord]:
    """Every partner, in the order of registration. ``left_out``: told of one that can't be read."""
    wanted = select(_partners).order_by(_partners.c.registered_at, _partners.c.partner_id)
    return read_each(tx, wanted, _record, table=_partners, left_out=left_out)


def _record(row: StoredRow) -> PartnerRecord:
    return PartnerRecord(
        partner_id=row.partner_id,
        kind=PartnerKind(row.kind),
        display_name=row.display_name,
        certificate=None if row.certificate is None else bytes(row.certificate),
        identity=None if row.identity is None else bytes(row.identity),
        registered_at=row.registered_at,
    )
