"""Of one kind of statement more than one officer's is kept: two approve a cross certificate."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import Bytes, String, UtcTime

revision = "ca_0014"
down_revision = "ca_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table anew, with what is there."""
    op.execute("CREATE TABLE moved AS SELECT * FROM evidence")
    op.drop_table("evidence")
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
        sa.PrimaryKeyConstraint("authority_id", "serial", "kind", "officer", name="pk_evidence"),
        sa.ForeignKeyConstraint(
            ["authority_id", "serial"],
            ["serials.authority_id", "serials.serial"],
            name="fk_evidence_authority_id",
        ),
        comment="What officers signed that a certificate, or its revocation, rests on (L1)",
    )
    columns = (
        "authority_id, serial, kind, officer, request_id, signed_at, key_sha256, statement,"
        " signature"
    )
    op.execute(f"INSERT INTO evidence ({columns}) SELECT {columns} FROM moved")  # noqa: S608
    op.drop_table("moved")
