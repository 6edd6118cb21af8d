"""Approvals of cross-certifications carry the officer's signature.

Those of proposals that are still to be decided were given without one and are taken back: the
officers approve anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, Bytes, String, UtcTime

revision = "bridge_0010"
down_revision = "bridge_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table anew, with what is there."""
    op.execute(
        "CREATE TABLE moved AS SELECT * FROM approvals WHERE cross_certification_id IN"
        " (SELECT cross_certification_id FROM cross_certifications WHERE state <> 'pending')"
    )
    op.drop_table("approvals")
    op.create_table(
        "approvals",
        sa.Column("cross_certification_id", String, nullable=False),
        sa.Column("officer", String, nullable=False),
        sa.Column("number", BigNumber, nullable=False),
        sa.Column("actor", String, nullable=False),
        sa.Column("request_id", String, nullable=False),
        sa.Column("approved_at", UtcTime, nullable=False),
        sa.Column("key_sha256", Bytes, nullable=True),
        sa.Column("signed_at", UtcTime, nullable=True),
        sa.Column("signature", Bytes, nullable=True),
        sa.CheckConstraint("number IN (1, 2)", name=op.f("ck_approvals_two")),
        sa.CheckConstraint(
            "(signature IS NULL) = (key_sha256 IS NULL)"
            " AND (signature IS NULL) = (signed_at IS NULL)",
            name=op.f("ck_approvals_signed"),
        ),
        sa.ForeignKeyConstraint(
            ["cross_certification_id"],
            ["cross_certifications.cross_certification_id"],
            name=op.f("fk_approvals_cross_certification_id"),
        ),
        sa.PrimaryKeyConstraint("cross_certification_id", "officer", name=op.f("pk_approvals")),
        sa.UniqueConstraint(
            "cross_certification_id",
            "number",
            name=op.f("uq_approvals_cross_certification_id_number"),
        ),
        comment="Two officers' approvals of each cross-certification, with what each signed",
    )
    columns = "cross_certification_id, officer, number, actor, request_id, approved_at"
    op.execute(f"INSERT INTO approvals ({columns}) SELECT {columns} FROM moved")  # noqa: S608
    op.drop_table("moved")
