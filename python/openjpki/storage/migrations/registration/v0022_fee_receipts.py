"""Receipts for what applicants pay (R5.1.2)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, String, UtcTime

revision = "registration_0022"
down_revision = "registration_0021"
branch_labels = None
depends_on = None

_TABLE = "fee_receipts"


def upgrade() -> None:
    """A table, empty: of what was paid before nobody has kept anything here."""
    op.create_table(
        _TABLE,
        sa.Column("municipality_code", String, nullable=False),
        sa.Column("year", BigNumber, nullable=False),
        sa.Column("number", BigNumber, nullable=False),
        sa.Column("receipt_id", String, nullable=False),
        sa.Column("application_id", String, nullable=False),
        sa.Column("ground", String, nullable=False),
        sa.Column("yen", BigNumber, nullable=False),
        sa.Column("rules_version", String, nullable=False),
        sa.Column("window_id", String, nullable=False),
        sa.Column("officer", String, nullable=False),
        sa.Column("taken_at", UtcTime(), nullable=False),
        sa.Column("void_reason", String, nullable=True),
        sa.Column("voided_window_id", String, nullable=True),
        sa.Column("voided_by", String, nullable=True),
        sa.Column("voided_at", UtcTime(), nullable=True),
        sa.CheckConstraint("number > 0 AND yen >= 0", name=op.f(f"ck_{_TABLE}_numbers")),
        sa.CheckConstraint(
            "(voided_at IS NULL) = (void_reason IS NULL)"
            " AND (voided_at IS NULL) = (voided_window_id IS NULL)",
            name=op.f(f"ck_{_TABLE}_void"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.application_id"],
            name=op.f(f"fk_{_TABLE}_application_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_code", "year", "number", name=op.f(f"pk_{_TABLE}")),
        sa.UniqueConstraint("receipt_id", name=op.f(f"uq_{_TABLE}_receipt_id")),
        comment="What applicants paid, numbered in an unbroken row; void ones stay (R5.1.2)",
    )
    op.create_index(
        "uq_fee_receipts_application",
        _TABLE,
        ["application_id"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_index("ix_fee_receipts_application_id", _TABLE, ["application_id"])
    op.create_index("ix_fee_receipts_taken_at", _TABLE, ["municipality_code", "taken_at"])
    op.create_index(
        "ix_fee_receipts_voided_at",
        _TABLE,
        ["municipality_code", "voided_at"],
        sqlite_where=sa.text("voided_at IS NOT NULL"),
        postgresql_where=sa.text("voided_at IS NOT NULL"),
    )
