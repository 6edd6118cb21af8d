"""Requests for revocation that were turned down at a window (R2.8)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import Bytes, String, UtcTime

revision = "registration_0018"
down_revision = "registration_0017"
branch_labels = None
depends_on = None

_TABLE = "refused_revocations"


def upgrade() -> None:
    """A table, empty: of refusals of before nobody has kept anything."""
    op.create_table(
        _TABLE,
        sa.Column("refusal_id", String, nullable=False),
        sa.Column("municipality_code", String, nullable=False),
        sa.Column("window_id", String, nullable=False),
        sa.Column("serial", Bytes, nullable=True),
        sa.Column("application_id", String, nullable=True),
        sa.Column("cause", String, nullable=False),
        sa.Column("asker", String, nullable=False),
        sa.Column("reason", String, nullable=False),
        sa.Column("explanation", String, nullable=True),
        sa.Column("officer", String, nullable=False),
        sa.Column("refused_at", UtcTime(), nullable=False),
        sa.Column("evidence", String, nullable=True),
        sa.Column("document_kind", String, nullable=True),
        sa.Column("further_documents", String, nullable=True),
        sa.Column("asked", String, nullable=True),
        sa.Column("rules_version", String, nullable=False),
        sa.CheckConstraint(
            "(evidence IS NULL) = (document_kind IS NULL)",
            name=op.f("ck_refused_revocations_check"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.application_id"],
            name=op.f("fk_refused_revocations_application_id"),
        ),
        sa.PrimaryKeyConstraint("refusal_id", name=op.f("pk_refused_revocations")),
        comment="Requests for revocation turned down at a window, and why (report 8-1(3))",
    )
    op.create_index(
        "ix_refused_revocations_refused_at",
        _TABLE,
        ["municipality_code", "refused_at", "refusal_id"],
    )
    op.create_index("ix_refused_revocations_serial", _TABLE, ["serial", "municipality_code"])
    op.create_index("ix_refused_revocations_application_id", _TABLE, ["application_id"])
