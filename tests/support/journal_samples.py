"""An act of each retention class, and appending one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from openjpki.domain.retention import RetentionClass
from openjpki.storage.kernel.acts import COUNT, WORD, Act
from openjpki.storage.kernel.journal import SqlJournal

if TYPE_CHECKING:
    from openjpki.storage.kernel.transaction import Transaction

AT = datetime(2026, 4, 1, 9, 30, 15, 250000, tzinfo=UTC)
ACTOR = "spiffe://openjpki.example/registration"
STREAM = "13"

FACTS = {"reason_code": COUNT, "cause": WORD}
ACTS = {retention: Act(f"{retention.value}.done", retention, FACTS) for retention in RetentionClass}
DETAILS: dict[str, str | int | bool] = {"reason_code": 3, "cause": "CHANGE_NOTICE"}


def append(
    tx: Transaction,
    stream: str = STREAM,
    subject: str = "1f",
    retention: RetentionClass = RetentionClass.USER_CERTIFICATES,
    at: datetime = AT,
    not_after: datetime | None = None,
) -> int:
    """Enter an act; its number."""
    return SqlJournal().append(
        tx,
        ACTS[retention],
        stream=stream,
        actor=ACTOR,
        subject=subject,
        details=DETAILS,
        at=at,
        not_after=not_after,
    )
