"""What officers signed is kept beside the certificates that rest on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import Bytes, String, UtcTime

revision = "ca_0013"
down_revision = "ca_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table for it; certificates from before have none."""
    op.create_table(
        "evidence",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("serial", Bytes, nullable=False),
        sa.Column("kind", String, nullable=False),
        sa.Column("officer", String, nullable=False),
        sa.Column("request_id", String, nullable=False),
        sa.Column("signed_at", UtcTime, nullable=False),
        sa.Column("key_sha256", Bytes, nullable=False),
        sa.Column("statement", Bytes, nullable=False),
        sa.Column("signature", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("authority_id", "serial", "kind", name="pk_evidence"),
        sa.ForeignKeyConstraint(
            ["authority_id", "serial"],
            ["serials.authority_id", "serials.serial"],
            name="fk_evidence_authority_id",
        ),
        comment="What officers signed that a user's certificate, or its revocation, rests on (L1)",
    )
