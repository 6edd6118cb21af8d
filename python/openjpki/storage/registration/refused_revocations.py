"""Requests for revocation that were turned down at a window (R2.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, tuple_

from openjpki.domain.policy.revocation import RevocationCause
from openjpki.domain.revocation_refusal import Asker, RefusalReason
from openjpki.domain.window import OfficerId, WindowId
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import each_of, read_each, rows_of
from openjpki.storage.registration.identity_checks import check_of, columns_of
from openjpki.storage.registration.tables import refused_revocations as _refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from typing import Any

    from openjpki.domain.application import IdentityCheck
    from openjpki.domain.municipality import Municipality
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow
    from openjpki.storage.registration.application_lists import Position


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RefusedRevocation:
    """One of them, as it was recorded."""

    refusal_id: str
    window: WindowId
    serial: bytes | None
    """Of what was to be revoked; None where nobody said."""
    application_id: str | None
    """Of that certificate, where the municipality handed it out."""
    cause: RevocationCause
    asker: Asker
    check: IdentityCheck | None
    """What was shown and answered; None where nothing was."""
    reason: RefusalReason
    explanation: str
    """Empty where nothing was written. Nothing destroys it yet."""
    officer: OfficerId
    at: datetime
    rules_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRefusals:
    """Which of a municipality's; everything that is said must hold."""

    municipality: Municipality
    serial: bytes | None = None
    refused_from: datetime | None = None
    refused_before: datetime | None = None


def add(tx: Transaction, refused: RefusedRevocation) -> bool:
    """Keep one; False if there is one of this id."""
    check = refused.check
    return insert_if_absent(
        tx,
        _refused,
        refusal_id=refused.refusal_id,
        municipality_code=refused.window.municipality.code,
        window_id=refused.window.text,
        serial=refused.serial,
        application_id=refused.application_id,
        cause=refused.cause.value,
        asker=refused.asker.value,
        reason=refused.reason.value,
        explanation=refused.explanation or None,
        officer=refused.officer.text,
        refused_at=refused.at,
        rules_version=refused.rules_version,
        **({} if check is None else columns_of(check)),
    )


def get(tx: Reading, refusal_id: str) -> RefusedRevocation:
    """One that was kept. Raises ``STORED_UNREADABLE``."""
    wanted = select(_refused).where(_refused.c.refusal_id == refusal_id)
    (found,) = read_each(tx, wanted, _read, table=_refused, left_out=None)
    return found


def page(
    tx: Reading,
    wanted: WantedRefusals,
    *,
    after: Position | None,
    at_most: int,
    left_out: LeftOut,
) -> list[RefusedRevocation]:
    """The first behind a position, oldest first. ``left_out``: told of those that can't be read."""
    statement = (
        select(_refused)
        .where(*_conditions(wanted, after))
        .order_by(_refused.c.refused_at, _refused.c.refusal_id)
        .limit(at_most)
    )
    found: list[RefusedRevocation] = []
    read = 0
    # On until it is full: a page that lacks what can't be read would end the list for its reader.
    while len(found) < at_most:
        rows = list(rows_of(tx, statement.offset(read) if read else statement))
        found += each_of(rows, _read, table=_refused, left_out=left_out)
        read += len(rows)
        if len(rows) < at_most:
            break
    return found[:at_most]


def _conditions(wanted: WantedRefusals, after: Position | None) -> Iterator[Any]:
    columns = _refused.c
    yield columns.municipality_code == wanted.municipality.code
    if wanted.serial is not None:
        yield columns.serial == wanted.serial
    if wanted.refused_from is not None:
        yield columns.refused_at >= wanted.refused_from
    if wanted.refused_before is not None:
        yield columns.refused_at < wanted.refused_before
    if after is not None:
        place = tuple_(columns.refused_at, columns.refusal_id)
        yield place > (after.submitted_at, after.application_id)


def _read(row: StoredRow) -> RefusedRevocation:
    return RefusedRevocation(
        refusal_id=row.refusal_id,
        window=WindowId(row.window_id),
        serial=row.serial,
        application_id=row.application_id,
        cause=RevocationCause(row.cause),
        asker=Asker(row.asker),
        check=None if row.evidence is None else check_of(row, row.refused_at),
        reason=RefusalReason(row.reason),
        explanation=row.explanation or "",
        officer=OfficerId(row.officer),
        at=row.refused_at,
        rules_version=row.rules_version,
    )
