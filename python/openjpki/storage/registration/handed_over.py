"""What this database knows of certificates since a moment: for a ca that lost it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from openjpki.domain.application import ApplicationState
from openjpki.domain.authority import AuthorityId
from openjpki.domain.handed_over import IssuedSince, RevokedSince
from openjpki.domain.municipality import Municipality
from openjpki.domain.officers import Officer
from openjpki.domain.officers.enrolment import RevocationOfOfficer
from openjpki.domain.policy.revocation import RevocationCause
from openjpki.storage.kernel.tables import journal as _journal
from openjpki.storage.registration.tables import application_personal_data as _personal_data
from openjpki.storage.registration.tables import applications as _applications

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading

_ROWS_AT_ONCE = 1_000


def issued_since(tx: Reading, moment: datetime) -> Iterator[IssuedSince]:
    """Certificates of applications that were decided from a moment on, oldest first."""
    rows = tx.connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(
        select(
            _applications.c.application_id,
            _applications.c.municipality_code,
            _applications.c.person_reference,
            _personal_data.c.certificate,
        )
        .join(_personal_data, _personal_data.c.application_id == _applications.c.application_id)
        .where(
            _applications.c.state == ApplicationState.ISSUED.value,
            _applications.c.decided_at >= moment,
            _personal_data.c.certificate.is_not(None),
        )
        .order_by(_applications.c.decided_at)
    )
    for row in rows:
        municipality = Municipality(row.municipality_code)
        yield IssuedSince(
            authority_id=AuthorityId.signing(municipality.prefecture.number),
            municipality=municipality,
            application_id=row.application_id,
            person_reference=bytes(row.person_reference),
            certificate=bytes(row.certificate),
        )


def revoked_since(tx: Reading, moment: datetime, *, act: str) -> Iterator[RevokedSince]:
    """Certificates that ca said it had revoked, from a moment on.

    ``act``: of the journal's entry that a window asked for it, which names the cause.
    """
    causes: dict[str, RevocationCause] = {}
    asked = tx.connection.execute(
        select(_journal.c.subject, _journal.c.details)
        .where(_journal.c.act == act)
        .order_by(_journal.c.at)
    )
    for entry in asked:
        causes[entry.subject] = RevocationCause(json.loads(entry.details)["cause"])
    rows = tx.connection.execute(
        select(
            _applications.c.application_id,
            _applications.c.municipality_code,
            _applications.c.serial,
            _applications.c.revoked_at,
        ).where(
            or_(_applications.c.revoked_at >= moment, _applications.c.decided_at >= moment),
            _applications.c.revoked_at.is_not(None),
        )
    )
    for row in rows:
        yield RevokedSince(
            authority_id=AuthorityId.signing(Municipality(row.municipality_code).prefecture.number),
            serial=bytes(row.serial),
            # Without a window's request it was the authority that ended it.
            cause=causes.get(row.application_id, RevocationCause.USER_WISH),
            revoked_at=row.revoked_at.replace(microsecond=0),
        )


def officers_ended_since(
    tx: Reading, moment: datetime, *, act: str
) -> Iterator[tuple[Officer, RevocationOfOfficer]]:
    """Officers whose keys ca said were revoked or suspended, from a moment on, oldest first. Why
    they were, this service was not told: the worst is assumed.

    ``act``: of the journal's entry that names the officer.
    """
    rows = tx.connection.execute(
        select(_journal.c.details)
        .where(_journal.c.act == act, _journal.c.at >= moment)
        .order_by(_journal.c.at)
    )
    named = (json.loads(row.details).get("officer") for row in rows)
    for officer in dict.fromkeys(one for one in named if one is not None):
        yield Officer.parse(officer), RevocationOfOfficer.KEY_COMPROMISE
