"""Tables of the officers' register, for the services that have one."""

from __future__ import annotations

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

from openjpki.storage.kernel.columns import Bytes, String, UtcTime, new_metadata

if TYPE_CHECKING:
    from sqlalchemy import MetaData

_REGISTER = new_metadata()

officers = Table(
    "officers",
    _REGISTER,
    Column("officer", String, nullable=False),
    PrimaryKeyConstraint("officer"),
    comment="Every officer ever proposed; the row that changes of one officer queue for",
)

officer_keys = Table(
    "officer_keys",
    _REGISTER,
    Column("key_sha256", Bytes, nullable=False),
    Column("officer", String, nullable=False),
    Column("public_key", Bytes, nullable=False),
    Column("state", String, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("not_after", UtcTime, nullable=False),
    Column("suspended_by", String, nullable=True),
    Column("replaced_by", Bytes, nullable=True),
    # One key is one officer's, for ever: rows are never removed.
    PrimaryKeyConstraint("key_sha256"),
    ForeignKeyConstraint(["officer"], ["officers.officer"]),
    CheckConstraint("state IN ('enrolled', 'suspended', 'revoked')", name="state"),
    CheckConstraint(
        "(state = 'enrolled') = (suspended_by IS NULL)", name="suspended_by_a_proposal"
    ),
    Index("ix_officer_keys_officer", "officer"),
    comment="Keys that officers are or were known by; suspended_by: the proposal of revocation",
)

officer_proposals = Table(
    "officer_proposals",
    _REGISTER,
    Column("proposal_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("officer", String, nullable=False),
    Column("public_key", Bytes, nullable=True),
    Column("replaces", Bytes, nullable=True),
    Column("not_before", UtcTime, nullable=True),
    Column("not_after", UtcTime, nullable=True),
    Column("presented", Bytes, nullable=True),
    Column("presented_for", String, nullable=True),
    Column("presented_at", UtcTime, nullable=True),
    Column("cause", String, nullable=True),
    Column("proposed_by", String, nullable=False),
    Column("proposed_at", UtcTime, nullable=False),
    Column("decided_by", String, nullable=True),
    Column("decided_at", UtcTime, nullable=True),
    Column("proposed_with", String, nullable=True),
    PrimaryKeyConstraint("proposal_id"),
    ForeignKeyConstraint(["officer"], ["officers.officer"]),
    CheckConstraint("kind IN ('enrolment', 'renewal', 'revocation')", name="kind"),
    CheckConstraint("state IN ('open', 'approved', 'rejected')", name="state"),
    CheckConstraint("(kind = 'renewal') = (replaces IS NOT NULL)", name="replaces"),
    CheckConstraint("(kind = 'revocation') = (cause IS NOT NULL)", name="cause"),
    CheckConstraint("(kind = 'revocation') = (public_key IS NULL)", name="public_key"),
    CheckConstraint("(kind = 'revocation') = (presented IS NULL)", name="presented"),
    CheckConstraint("(state = 'open') = (decided_by IS NULL)", name="decided_by"),
    CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_at"),
    Index(
        "ix_officer_proposals_open",
        "proposed_at",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    comment="Changes of the register: presented is the officer's signature over the new key",
)


def with_officers(metadata: MetaData) -> MetaData:
    """A service's metadata, with these tables added."""
    for table in _REGISTER.sorted_tables:
        table.to_metadata(metadata)
    return metadata
