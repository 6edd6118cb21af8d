"""Revocation lists that partners are handing in by parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from openjpki.storage.bridge.tables import list_upload_parts as _parts
from openjpki.storage.bridge.tables import list_uploads as _uploads
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_each

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut


def begin(tx: Transaction, partner_id: str, sha256: bytes, octets: int, at: datetime) -> None:
    """Expect a list of so many octets, unless it is expected already."""
    insert_if_absent(tx, _uploads, partner_id=partner_id, sha256=sha256, octets=octets, begun_at=at)


def expected(tx: Reading, partner_id: str, sha256: bytes) -> int | None:
    """How many octets the list has; None where it was not begun."""
    return tx.connection.execute(
        select(_uploads.c.octets).where(
            _uploads.c.partner_id == partner_id, _uploads.c.sha256 == sha256
        )
    ).scalar()


def begun_by(tx: Reading, partner_id: str) -> int:
    """How many lists a partner has begun to hand in."""
    return tx.connection.execute(
        select(func.count()).select_from(_uploads).where(_uploads.c.partner_id == partner_id)
    ).scalar_one()


def add(tx: Transaction, partner_id: str, sha256: bytes, begins: int, part: bytes) -> None:
    """Keep a part, in place of one that came before."""
    of_it = (_parts.c.partner_id == partner_id, _parts.c.sha256 == sha256)
    tx.connection.execute(delete(_parts).where(*of_it, _parts.c.begins == begins))
    tx.connection.execute(
        _parts.insert().values(partner_id=partner_id, sha256=sha256, begins=begins, part=part)
    )


def there(tx: Reading, partner_id: str, sha256: bytes) -> int:
    """How many octets have come."""
    return int(
        tx.connection.execute(
            select(func.coalesce(func.sum(func.length(_parts.c.part)), 0)).where(
                _parts.c.partner_id == partner_id, _parts.c.sha256 == sha256
            )
        ).scalar_one()
    )


def joined(tx: Reading, partner_id: str, sha256: bytes) -> bytes:
    """What has come, in order; fetched part by part, because a driver may hold an answer several
    times over."""
    of_it = (_parts.c.partner_id == partner_id, _parts.c.sha256 == sha256)
    places = tx.connection.execute(
        select(_parts.c.begins).where(*of_it).order_by(_parts.c.begins)
    ).scalars()
    return b"".join(
        tx.connection.execute(
            select(_parts.c.part).where(*of_it, _parts.c.begins == begins)
        ).scalar_one()
        for begins in places.all()
    )


def drop(tx: Transaction, partner_id: str, sha256: bytes) -> None:
    """Forget a list and its parts."""
    for table in (_parts, _uploads):
        tx.connection.execute(
            delete(table).where(table.c.partner_id == partner_id, table.c.sha256 == sha256)
        )


def begun_before(
    tx: Reading, moment: datetime, *, left_out: LeftOut | None = None
) -> list[tuple[str, bytes]]:
    """Partner and SHA-256 of each list that was begun before a moment. ``left_out``: told of one
    that can't be read."""
    wanted = select(_uploads.c.partner_id, _uploads.c.sha256).where(_uploads.c.begun_at < moment)
    return read_each(
        tx,
        wanted,
        lambda row: (row.partner_id, bytes(row.sha256)),
        table=_uploads,
        left_out=left_out,
    )
