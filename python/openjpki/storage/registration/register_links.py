"""Who is meant by a link of a municipality's register: kept when somebody applies, since whoever
moves away or dies is in the register no more when it tells so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, or_, select

from openjpki.storage.kernel.columns import holds, insert_if_absent
from openjpki.storage.kernel.unreadable import read_each
from openjpki.storage.registration.tables import applications as _applications
from openjpki.storage.registration.tables import register_links as _links

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from openjpki.storage.kernel.transaction import Reading, Transaction


def add(tx: Transaction, municipality_code: str, link: bytes, person_reference: bytes) -> None:
    """Keep a link, if it is not kept."""
    insert_if_absent(
        tx,
        _links,
        municipality_code=municipality_code,
        link=link,
        person_reference=person_reference,
    )


def persons(tx: Reading, municipality_code: str, links: Sequence[bytes]) -> dict[bytes, bytes]:
    """References of the persons by link, of those who have ever applied here. Raises
    ``STORED_UNREADABLE``: whoever were left out would pass for somebody without a certificate."""
    wanted = select(_links.c.municipality_code, _links.c.link, _links.c.person_reference).where(
        _links.c.municipality_code == municipality_code, _links.c.link.in_(links)
    )
    return dict(
        read_each(
            tx,
            wanted,
            lambda row: (row.link, row.person_reference),
            table=_links,
            left_out=None,
        )
    )


def unlinked(tx: Reading) -> dict[str, set[bytes]]:
    """References of the persons who have a certificate or an open application and no link, by
    municipality: of before links were kept, or regained after a restore."""
    rows = tx.connection.execute(
        select(_applications.c.municipality_code, _applications.c.person_reference).where(
            or_(holds(_applications.c.live), holds(_applications.c.open)), _without_link()
        )
    )
    found: dict[str, set[bytes]] = {}
    for row in rows:
        found.setdefault(row.municipality_code, set()).add(bytes(row.person_reference))
    return found


def count_unlinked(tx: Reading, municipality_code: str) -> int:
    """How many certificates of a municipality live whose holders have no link."""
    return tx.connection.execute(
        select(func.count())
        .select_from(_applications)
        .where(
            holds(_applications.c.live),
            _applications.c.municipality_code == municipality_code,
            _without_link(),
        )
    ).scalar_one()


def _without_link() -> ColumnElement[bool]:
    return ~exists().where(
        and_(
            _links.c.municipality_code == _applications.c.municipality_code,
            _links.c.person_reference == _applications.c.person_reference,
        )
    )
