"""Registered key generators, and what they signed of applicants' keys (R2.3.1b)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import Bytes, String, UtcTime
from openjpki.storage.migrations.officers import create_officer_tables

revision = "registration_0021"
down_revision = "registration_0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nothing is registered yet."""
    create_officer_tables()
    op.add_column("officer_proposals", sa.Column("proposed_with", String, nullable=True))
    op.create_table(
        "key_attestations",
        sa.Column("application_id", String, nullable=False),
        sa.Column("generator", String, nullable=False),
        sa.Column("request_id", String, nullable=False),
        sa.Column("signed_at", UtcTime, nullable=False),
        sa.Column("key_sha256", Bytes, nullable=False),
        sa.Column("signature", Bytes, nullable=False),
        sa.Column("medium", String, nullable=False),
        sa.Column("medium_serial", String, nullable=True),
        sa.PrimaryKeyConstraint("application_id", name="pk_key_attestations"),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.application_id"],
            name="fk_key_attestations_application_id",
        ),
        sa.CheckConstraint("medium IN ('card', 'file')", name=op.f("ck_key_attestations_medium")),
        comment="What a key generator signed of the key presented; key_sha256: of the generator's"
        " own",
    )
