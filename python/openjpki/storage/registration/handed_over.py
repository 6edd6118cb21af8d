"""What this database knows of certificates since a moment: for a ca that lost it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from openjpki.domain.authority import AuthorityId
from openjpki.domain.handed_over import IssuedSince, RevokedSince
from openjpki.domain.municipality import Municipality
from openjpki.domain.officers import Officer
from openjpki.domain.officers.enrolment import RevocationOfOfficer
from openjpki.domain.policy.revocation import RevocationCause
from openjpki.storage.kernel.tables import journal as _journal
from openjpki.storage.kernel.unreadable import NOT_READ, Unreadable, each_of, rows_of
from openjpki.storage.registration.tables import application_personal_data as _personal_data
from openjpki.storage.registration.tables import applications as _applications
from openjpki.storage.registration.tables import receipts as _receipts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

_ROWS_AT_ONCE = 1_000


def issued_since(tx: Reading, moment: datetime, *, left_out: LeftOut) -> Iterator[IssuedSince]:
    """Certificates of applications that were decided from a moment on, oldest first. ``left_out``:
    told of those that can't be read."""
    wanted = (
        select(
            _applications.c.application_id,
            _applications.c.municipality_code,
            _applications.c.person_reference,
            _personal_data.c.certificate,
        )
        .join(_personal_data, _personal_data.c.application_id == _applications.c.application_id)
        .where(
            _applications.c.serial.is_not(None),
            _applications.c.decided_at >= moment,
            _personal_data.c.certificate.is_not(None),
        )
        .order_by(_applications.c.decided_at)
    )
    rows = rows_of(tx, wanted, at_once=_ROWS_AT_ONCE)
    yield from each_of(rows, _issued, table=_applications, left_out=left_out)


def revoked_since(
    tx: Reading, moment: datetime, *, act: str, by_notice: str, left_out: LeftOut
) -> Iterator[RevokedSince]:
    """Certificates that ca said it had revoked, from a moment on. ``left_out``: told of those that
    can't be read.

    ``act``: of the journal's entry that a window asked for it, which names the cause; of several,
    the one that was entered last, whatever a clock said. ``by_notice``: ca's method of which there
    is a receipt where a change notice ended it, and nobody asked. Of one whose
    entry can't be read nobody knows it: it is told as the authority's own, as where there is none,
    and never left out. Nor is one that can't be read since when it is revoked: since ``moment``.
    """
    asked = (
        select(*_KEY_OF_ENTRY, _journal.c.subject, _journal.c.details)
        .where(_journal.c.act == act)
        .order_by(*_KEY_OF_ENTRY)
    )
    causes: dict[str, RevocationCause] = dict(
        each_of(
            rows_of(tx, asked, at_once=_ROWS_AT_ONCE),
            lambda row: (row.subject, RevocationCause(json.loads(row.details)["cause"])),
            table=_journal,
            left_out=left_out,
        )
    )

    noticed = set(
        tx.connection.execute(
            select(_receipts.c.application_id).where(_receipts.c.method == by_notice)
        ).scalars()
    )

    def cause_of(application_id: str) -> RevocationCause:
        if application_id in noticed:
            return RevocationCause.CHANGE_NOTICE
        # Without a window's request it was the authority that ended it.
        return causes.get(application_id, RevocationCause.USER_WISH)

    def revoked(row: StoredRow) -> RevokedSince:
        return RevokedSince(
            authority_id=AuthorityId.signing(Municipality(row.municipality_code).prefecture.number),
            serial=bytes(row.serial),
            cause=cause_of(row.application_id),
            revoked_at=since(row).replace(microsecond=0),
        )

    def since(row: StoredRow) -> datetime:
        try:
            at: datetime = row.revoked_at
        except NOT_READ as error:
            left_out(Unreadable.of(_applications.name, row.key_in(_applications), error))
            return moment
        return at

    wanted = select(
        _applications.c.application_id,
        _applications.c.municipality_code,
        _applications.c.serial,
        _applications.c.revoked_at,
    ).where(
        or_(_applications.c.revoked_at >= moment, _applications.c.decided_at >= moment),
        _applications.c.revoked_at.is_not(None),
    )
    rows = rows_of(tx, wanted, at_once=_ROWS_AT_ONCE)
    yield from each_of(rows, revoked, table=_applications, left_out=left_out)


def officers_ended_since(
    tx: Reading, moment: datetime, *, act: str, left_out: LeftOut
) -> Iterator[tuple[Officer, RevocationOfOfficer]]:
    """Officers whose keys ca said were revoked or suspended, from a moment on, oldest first. Why
    they were, this service was not told: the worst is assumed. ``left_out``: told of entries that
    can't be read.

    ``act``: of the journal's entry that names the officer.
    """
    wanted = (
        select(*_KEY_OF_ENTRY, _journal.c.details)
        .where(_journal.c.act == act, _journal.c.at >= moment)
        .order_by(_journal.c.at)
    )
    named = each_of(rows_of(tx, wanted), _officer_named, table=_journal, left_out=left_out)
    for officer in dict.fromkeys(one for one in named if one is not None):
        yield officer, RevocationOfOfficer.KEY_COMPROMISE


_KEY_OF_ENTRY = tuple(_journal.primary_key)


def _issued(row: StoredRow) -> IssuedSince:
    municipality = Municipality(row.municipality_code)
    return IssuedSince(
        authority_id=AuthorityId.signing(municipality.prefecture.number),
        municipality=municipality,
        application_id=row.application_id,
        person_reference=bytes(row.person_reference),
        certificate=bytes(row.certificate),
    )


def _officer_named(row: StoredRow) -> Officer | None:
    officer = json.loads(row.details).get("officer")
    return None if officer is None else Officer.parse(officer)
