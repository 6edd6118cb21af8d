"""Tables that every service's schema has: the journal and the answered requests."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    text,
)

from openjpki.storage.kernel.columns import BigNumber, Bytes, String, UtcTime, new_metadata

if TYPE_CHECKING:
    from sqlalchemy import MetaData

_COMMON = new_metadata()


class SegmentState(Enum):
    """What has become of a segment of the journal; it only moves on."""

    OPEN = "open"
    """Entries are added."""
    CLOSED = "closed"
    """Entries go to the next segment; this one's digest is being computed."""
    SEALED = "sealed"
    """The digest of its entries is kept."""
    DISPOSED = "disposed"
    """The period of its class is over and its entries are removed; the digest stays."""


journal_segments = Table(
    "journal_segments",
    _COMMON,
    Column("stream", String, nullable=False),
    Column("retention", String, nullable=False),
    Column("segment", BigNumber, nullable=False),
    Column("state", String, nullable=False),
    Column("first_entry", BigNumber, nullable=False),
    Column("last_entry", BigNumber, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("counts_from", UtcTime, nullable=False),
    Column("digest", Bytes, nullable=True),
    Column("sealed_at", UtcTime, nullable=True),
    Column("disposed_at", UtcTime, nullable=True),
    PrimaryKeyConstraint("stream", "retention", "segment"),
    CheckConstraint("state IN ('open', 'closed', 'sealed', 'disposed')", name="state"),
    CheckConstraint(
        "retention IN ('administration', 'authority_keys', 'user_certificates', 'operations')",
        name="retention",
    ),
    CheckConstraint("first_entry > 0 AND last_entry >= first_entry - 1", name="range"),
    CheckConstraint("(state IN ('sealed', 'disposed')) = (digest IS NOT NULL)", name="digest"),
    CheckConstraint("(digest IS NULL) = (sealed_at IS NULL)", name="sealed"),
    CheckConstraint("(state = 'disposed') = (disposed_at IS NOT NULL)", name="disposed"),
    Index(
        "uq_journal_segments_open",
        "stream",
        "retention",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index(
        "ix_journal_segments_sealed",
        "retention",
        "counts_from",
        sqlite_where=text("state = 'sealed'"),
        postgresql_where=text("state = 'sealed'"),
    ),
    Index(
        "ix_journal_segments_closed",
        "opened_at",
        sqlite_where=text("state = 'closed'"),
        postgresql_where=text("state = 'closed'"),
    ),
    comment="Runs of entries of one stream and retention class; last_entry rises while open,"
    " counts_from is the latest moment from which the period of one of its entries counts",
)

journal = Table(
    "journal",
    _COMMON,
    Column("stream", String, nullable=False),
    Column("retention", String, nullable=False),
    Column("segment", BigNumber, nullable=False),
    Column("number", BigNumber, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("act", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("details", String, nullable=False),
    PrimaryKeyConstraint("stream", "retention", "number"),
    ForeignKeyConstraint(
        ["stream", "retention", "segment"],
        ["journal_segments.stream", "journal_segments.retention", "journal_segments.segment"],
    ),
    CheckConstraint("number > 0", name="number_positive"),
    comment="Every act: triggers refuse UPDATE, TRUNCATE, and DELETE outside disposed segments",
)

journal_time = Table(
    "journal_time",
    _COMMON,
    Column("single", BigNumber, nullable=False),
    Column("reached", UtcTime, nullable=False),
    PrimaryKeyConstraint("single"),
    CheckConstraint("single = 1", name="single"),
    comment="One row: the time by which periods of the journal are over, never ahead of what"
    " passed",
)

requests = Table(
    "requests",
    _COMMON,
    Column("method", String, nullable=False),
    Column("caller", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("digest", Bytes, nullable=False),
    Column("response", Bytes, nullable=False),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("method", "caller", "request_id"),
    Index("ix_requests_at", "at"),
    comment="Answers already given, so that a retry gets the same one",
)


def service_metadata() -> MetaData:
    """Metadata of one service's schema, with the common tables in it."""
    metadata = new_metadata()
    for table in _COMMON.sorted_tables:
        table.to_metadata(metadata)
    return metadata
