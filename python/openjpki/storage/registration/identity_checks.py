"""Identity checks (R2.2.2): one row per check, kept for the call in which it was reported."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from openjpki.domain.application import IdentityCheck, IdentityEvidence
from openjpki.domain.window import OfficerId
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.registration.tables import identity_checks as _checks

if TYPE_CHECKING:
    from sqlalchemy import Row

    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction


class Purpose(Enum):
    """What the person asked for."""

    ISSUE = "issue"
    REVOKE = "revoke"


def add(
    tx: Transaction,
    request: RequestKey,
    application_id: str,
    purpose: Purpose,
    check: IdentityCheck,
) -> bool:
    """Keep a check; False if the same call reported it before."""
    return insert_if_absent(
        tx,
        _checks,
        caller=request.caller,
        request_id=request.request_id,
        application_id=application_id,
        purpose=purpose.value,
        evidence=check.evidence.value,
        document_kind=check.document_kind,
        officer=check.officer.text,
        checked_at=check.checked_at,
    )


def of_request(
    tx: Reading, application_id: str, purpose: Purpose, request_id: str
) -> IdentityCheck | None:
    """The check that a request recorded; ``request_id`` in lower case. Which of several counts, the
    request says by which an officer signed it, and no clock."""
    row = tx.connection.execute(
        select(_checks).where(
            _checks.c.application_id == application_id,
            _checks.c.purpose == purpose.value,
            func.lower(_checks.c.request_id) == request_id,
        )
    ).first()
    return None if row is None else _check(row)


def of_application(tx: Reading, application_id: str, purpose: Purpose) -> list[IdentityCheck]:
    """The checks made for an application or for revoking its certificate, oldest first."""
    rows = tx.connection.execute(
        select(_checks)
        .where(_checks.c.application_id == application_id, _checks.c.purpose == purpose.value)
        .order_by(_checks.c.checked_at)
    )
    return [_check(row) for row in rows]


def _check(row: Row[Any]) -> IdentityCheck:
    return IdentityCheck(
        evidence=IdentityEvidence(row.evidence),
        document_kind=row.document_kind,
        officer=OfficerId(row.officer),
        checked_at=row.checked_at,
    )
