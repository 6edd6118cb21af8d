"""What officers signed about an application is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import Bytes, String, UtcTime

revision = "registration_0007"
down_revision = "registration_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table for it; nothing was signed before."""
    op.create_table(
        "officer_signatures",
        sa.Column("officer", String, nullable=False),
        sa.Column("request_id", String, nullable=False),
        sa.Column("application_id", String, nullable=False),
        sa.Column("kind", String, nullable=False),
        sa.Column("signed_at", UtcTime, nullable=False),
        sa.Column("key_sha256", Bytes, nullable=False),
        sa.Column("signature", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("officer", "request_id", "kind", name="pk_officer_signatures"),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.application_id"],
            name="fk_officer_signatures_application_id",
        ),
        comment="What officers signed about an application (kind: of the statement), for the "
        "authority",
    )
    op.create_index(
        "ix_officer_signatures_application_id", "officer_signatures", ["application_id"]
    )
