"""Closing, sealing and disposing of the journal's segments: done by every service for its own.

What waits for audits is not disposed of here: nobody tells the service yet that they are complete.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.domain.retention import RetentionClass
from openjpki.storage.kernel import segments
from openjpki.storage.kernel.acts import COUNT, SHA256, WORD, Act
from openjpki.storage.kernel.segments import SegmentRule

if TYPE_CHECKING:
    from openjpki.domain.clock import Clock
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.journal import Journal
    from openjpki.storage.kernel.segments import Segment
    from openjpki.storage.kernel.transaction import Transaction

RULE = SegmentRule(longest=timedelta(days=30), most_entries=100_000)
"""A segment is disposed of as a whole: shorter ones go sooner, longer ones are fewer."""

SEGMENT_DISPOSED = Act(
    "segment.disposed",
    RetentionClass.OPERATIONS,
    {"retention": WORD, "segment": COUNT, "entries": COUNT, "digest": SHA256},
)


def keep_journal(
    database: Database, journal: Journal, clock: Clock, *, actor: str, rule: SegmentRule = RULE
) -> None:
    """Do what is due. ``actor``: the service, for the entry that tells of a disposal.

    Raises ``SERVICE_UNAVAILABLE``.
    """
    segments.close_due(database, rule, clock.now())
    segments.seal_closed(database, clock.now())
    for retention in RetentionClass:
        with database.reading() as tx:
            over = segments.disposable(tx, retention, clock.now())
        for segment in over:
            database.run(lambda tx: _dispose(tx, journal, segment, clock, actor))  # noqa: B023


def _dispose(tx: Transaction, journal: Journal, segment: Segment, clock: Clock, actor: str) -> None:
    now = clock.now()
    if not segments.dispose(tx, segment, now) or segment.digest is None:
        return
    journal.append(
        tx,
        SEGMENT_DISPOSED,
        stream=segment.stream,
        actor=actor,
        subject=f"{segment.retention.value}/{segment.number}",
        at=now,
        details={
            "retention": segment.retention.value,
            "segment": segment.number,
            "entries": segment.last_entry - segment.first_entry + 1,
            "digest": segment.digest.hex(),
        },
    )
