"""Identity checks (R2.2.2): one row per check, kept for the call in which it was reported."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from openjpki.domain.application import Asked, IdentityCheck, IdentityEvidence
from openjpki.domain.window import OfficerId
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_each
from openjpki.storage.registration.tables import identity_checks as _checks

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow


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
        officer=check.officer.text,
        checked_at=check.checked_at,
        rules_version=check.rules_version,
        **columns_of(check),
    )


def columns_of(check: IdentityCheck) -> dict[str, str | None]:
    """Columns with what was shown and answered, here and where a revocation was refused."""
    return {
        "evidence": check.evidence.value,
        "document_kind": check.document_kind,
        "further_documents": ",".join(check.further_documents) or None,
        "asked": ",".join(f"{one.question}={int(one.right)}" for one in check.asked) or None,
    }


def of_request(
    tx: Reading, application_id: str, purpose: Purpose, request_id: str
) -> IdentityCheck | None:
    """The check that a request recorded; ``request_id`` in lower case. Which of several counts, the
    request says by which an officer signed it, and no clock. Raises ``STORED_UNREADABLE``."""
    wanted = select(_checks).where(
        _checks.c.application_id == application_id,
        _checks.c.purpose == purpose.value,
        func.lower(_checks.c.request_id) == request_id,
    )
    found = read_each(tx, wanted, _check, table=_checks, left_out=None)
    return found[0] if found else None


def of_application(
    tx: Reading, application_id: str, purpose: Purpose, *, left_out: LeftOut | None = None
) -> list[IdentityCheck]:
    """The checks made for an application or for revoking its certificate, oldest first.
    ``left_out``: told of one that can't be read."""
    wanted = (
        select(_checks)
        .where(_checks.c.application_id == application_id, _checks.c.purpose == purpose.value)
        .order_by(_checks.c.checked_at)
    )
    return read_each(tx, wanted, _check, table=_checks, left_out=left_out)


def _check(row: StoredRow) -> IdentityCheck:
    return check_of(row, row.checked_at)


def check_of(row: StoredRow, at: datetime) -> IdentityCheck:
    """What :func:`columns_of` wrote, with ``officer`` and ``rules_version``."""
    return IdentityCheck(
        evidence=IdentityEvidence(row.evidence),
        document_kind=row.document_kind,
        officer=OfficerId(row.officer),
        checked_at=at,
        further_documents=tuple(row.further_documents.split(",")) if row.further_documents else (),
        asked=tuple(map(_asked, row.asked.split(","))) if row.asked else (),
        rules_version=row.rules_version,
    )


def _asked(kept: str) -> Asked:
    question, right = kept.split("=")
    return Asked(question, {"0": False, "1": True}[right])
