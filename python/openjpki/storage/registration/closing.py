"""How applications end beside an officer's no: handed over and closed, or expired.

Which of them are due is found by indexes of those alone that wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select, text

from openjpki.domain.application import ApplicationState
from openjpki.storage.registration.applications import change
from openjpki.storage.registration.tables import ENDED_CERTIFICATE, HANDED_OVER, WAITS
from openjpki.storage.registration.tables import applications as _applications

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from openjpki.domain.certificate_hand_over import Closed, HandOver
    from openjpki.storage.kernel.transaction import Reading, Transaction

_Place = tuple[str, str]
"""Municipality and id."""


def hand_over(tx: Transaction, application_id: str, handed: HandOver) -> None:
    """Enter that the applicant has the certificate."""
    change(
        tx,
        application_id,
        state=ApplicationState.HANDED_OVER,
        handed_over_at=handed.at,
        handed_over_by=handed.officer.text,
        recipient=handed.handing.recipient.value,
        medium=handed.handing.medium.value,
        terms_version=handed.handing.terms_version or None,
        with_copy=handed.handing.with_copy,
    )


def close(tx: Transaction, application_id: str, closed: Closed) -> None:
    """Enter that nothing is left to be done."""
    change(
        tx,
        application_id,
        state=ApplicationState.CLOSED,
        closed_at=closed.at,
        closing=closed.closing.value,
    )


def expire(tx: Transaction, application_id: str, at: datetime) -> None:
    """Enter that nobody decided in time."""
    change(tx, application_id, state=ApplicationState.EXPIRED, ended_at=at)


def taken_before(tx: Reading, moment: datetime, *, at_most: int) -> list[_Place]:
    """Those that wait at the window and were taken before a moment, oldest first."""
    return _places(
        tx,
        select(_applications.c.municipality_code, _applications.c.application_id)
        # As text: only so do the partial indexes serve.
        .where(text(WAITS), _applications.c.submitted_at < moment)
        .order_by(_applications.c.submitted_at)
        .limit(at_most),
    )


def count_taken_before(tx: Reading, moment: datetime) -> int:
    """How many of those there are."""
    return tx.connection.execute(
        select(func.count()).where(text(WAITS), _applications.c.submitted_at < moment)
    ).scalar_one()


def handed_over_before(tx: Reading, moment: datetime, *, at_most: int) -> list[_Place]:
    """Those handed over before a moment and not closed, oldest first."""
    return _places(
        tx,
        select(_applications.c.municipality_code, _applications.c.application_id)
        .where(text(HANDED_OVER), _applications.c.handed_over_at < moment)
        .order_by(_applications.c.handed_over_at)
        .limit(at_most),
    )


def with_ended_certificate(tx: Reading, now: datetime, *, at_most: int) -> list[_Place]:
    """Those not closed whose certificate is known to live no more. Of a person with two at once,
    after a restore, one counts as not live and may be in force: that one is none of them."""
    return _places(
        tx,
        select(_applications.c.municipality_code, _applications.c.application_id)
        .where(text(ENDED_CERTIFICATE), _ended(now))
        .limit(at_most),
    )


def _ended(now: datetime) -> ColumnElement[bool]:
    return or_(_applications.c.revoked_at.is_not(None), _applications.c.not_after < now)


def _places(tx: Reading, wanted: Select[Any]) -> list[_Place]:
    return [(row.municipality_code, row.application_id) for row in tx.connection.execute(wanted)]
