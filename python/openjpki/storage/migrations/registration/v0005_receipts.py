"""Receipts of the authority are kept (L1b)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import Bytes, String, UtcTime

revision = "registration_0005"
down_revision = "registration_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table for them; what was issued before has none."""
    op.create_table(
        "receipts",
        sa.Column("request_id", String, nullable=False),
        sa.Column("application_id", String, nullable=False),
        sa.Column("method", String, nullable=False),
        sa.Column("caller", String, nullable=False),
        sa.Column("made_at", UtcTime, nullable=False),
        sa.Column("request_sha256", Bytes, nullable=False),
        sa.Column("result_sha256", Bytes, nullable=False),
        sa.Column("public_key", Bytes, nullable=False),
        sa.Column("signature", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_receipts"),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.application_id"],
            name="fk_receipts_application_id",
        ),
        comment="What the authority signed over each request and its result (L1b), by request id",
    )
    op.create_index("ix_receipts_application_id", "receipts", ["application_id"])
