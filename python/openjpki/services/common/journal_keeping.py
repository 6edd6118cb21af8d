"""Closing, sealing and disposing of the journal's segments: done by every service for its own.

What waits for audits is not disposed of here: nobody tells the service yet that they are complete.
What the clock says closes a segment, which harms nothing; it never disposes of one
(:mod:`openjpki.services.common.journal_time`).
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.kernel import segments
from openjpki.storage.kernel.acts import COUNT, SHA256, WORD, Act
from openjpki.storage.kernel.segments import SegmentRule
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from openjpki.domain.clock import Clock
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.journal import Journal
    from openjpki.storage.kernel.segments import Fault, Segment, WriterOf
    from openjpki.storage.kernel.transaction import Transaction

_log = get_logger("journal")

RULE = SegmentRule(longest=timedelta(days=30), most_entries=100_000)
"""A segment is disposed of as a whole: shorter ones go sooner, longer ones are fewer."""

SEGMENT_DISPOSED = Act(
    "segment.disposed",
    RetentionClass.OPERATIONS,
    {"retention": WORD, "segment": COUNT, "entries": COUNT, "digest": SHA256},
)


def keep_journal(
    database: Database,
    journal: Journal,
    clock: Clock,
    reached: Callable[[], datetime],
    *,
    actor: str,
    rule: SegmentRule = RULE,
    writer_of: WriterOf | None = None,
) -> None:
    """Do what is due. ``reached``: by which time periods are over, as
    :class:`~openjpki.services.common.journal_time.JournalTime` says. ``actor``: the service, for
    the entry that tells of a disposal. ``writer_of``: who writes a stream, where that is not
    everybody.

    A segment that is no longer what was sealed is evidence: it is not disposed of, and when the
    others are done this raises ``INTERNAL``. Raises ``SERVICE_UNAVAILABLE``.
    """
    segments.close_due(database, rule, clock.now(), writer_of, left_out=tell_left_out)
    segments.seal_closed(database, clock.now(), writer_of, left_out=tell_left_out)
    altered = False
    over_by = reached()
    for retention in RetentionClass:
        with database.reading() as tx:
            over = segments.disposable(tx, retention, over_by, left_out=tell_left_out)
        # A stream is read through once, however many of its segments are due.
        for stream, due in groupby(over, key=attrgetter("stream")):
            with database.reading() as tx:
                found = segments.faults(tx, stream, retention)
            for segment in due:
                if _tell_altered(segment, found):
                    altered = True
                    continue
                with nullcontext(database) if writer_of is None else writer_of(stream) as writer:
                    if writer is not None:
                        writer.run(lambda tx: _dispose(tx, journal, segment, over_by, actor))  # noqa: B023
    if altered:
        raise OpenJpkiError(Reason.INTERNAL, "a segment of the journal is not what was sealed")


def _tell_altered(segment: Segment, found: Sequence[Fault]) -> bool:
    """Whether a segment is among the faults of its stream; the log is told which they are."""
    kinds = [fault.kind.value for fault in found if fault.segment == segment.number]
    if kinds:
        _log.error(
            "a segment of the journal is not what was sealed",
            stream=segment.stream,
            retention=segment.retention.value,
            segment=segment.number,
            faults=kinds,
        )
    return bool(kinds)


def _dispose(
    tx: Transaction, journal: Journal, segment: Segment, now: datetime, actor: str
) -> None:
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
