"""Tables that every service's schema has: the journal and the answered requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Column, Index, PrimaryKeyConstraint, Table

from openjpki.storage.kernel.columns import BigNumber, Bytes, String, UtcTime, new_metadata

if TYPE_CHECKING:
    from sqlalchemy import MetaData

_COMMON = new_metadata()

journal_heads = Table(
    "journal_heads",
    _COMMON,
    Column("stream", String, primary_key=True),
    Column("number", BigNumber, nullable=False),
    comment="Newest number of each stream; the row that writers of one stream queue for",
)

journal = Table(
    "journal",
    _COMMON,
    Column("stream", String, nullable=False),
    Column("number", BigNumber, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("act", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("details", String, nullable=False),
    PrimaryKeyConstraint("stream", "number"),
    CheckConstraint("number > 0", name="number_positive"),
    comment="Every act, append-only: triggers refuse UPDATE, DELETE and TRUNCATE",
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
