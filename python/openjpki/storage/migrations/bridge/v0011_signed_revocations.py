"""The end of a cross certificate carries the signatures of who proposed and who approved it.

Proposals that nobody has approved were made without one and are taken back: an officer proposes
anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, Bytes, String, UtcTime

revision = "bridge_0011"
down_revision = "bridge_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table anew, with what is there."""
    op.execute(
        "CREATE TABLE moved AS SELECT * FROM revocation_approvals WHERE cross_certification_id IN"
        " (SELECT cross_certification_id FROM cross_revocations WHERE state <> 'proposed')"
    )
    op.drop_table("revocation_approvals")
    op.execute("DELETE FROM cross_revocations WHERE state = 'proposed'")
    op.create_table(
        "revocation_approvals",
        sa.Column("cross_certification_id", String, nullable=False),
        sa.Column("officer", String, nullable=False),
        sa.Column("number", BigNumber, nullable=False),
        sa.Column("actor", String, nullable=False),
        sa.Column("request_id", String, nullable=False),
        sa.Column("approved_at", UtcTime, nullable=False),
        sa.Column("key_sha256", Bytes, nullable=True),
        sa.Column("signed_at", UtcTime, nullable=True),
        sa.Column("signature", Bytes, nullable=True),
        sa.CheckConstraint("number IN (1, 2)", name=op.f("ck_revocation_approvals_two")),
        sa.CheckConstraint(
            "(signature IS NULL) = (key_sha256 IS NULL)"
            " AND (signature IS NULL) = (signed_at IS NULL)",
            name=op.f("ck_revocation_approvals_signed"),
        ),
        sa.ForeignKeyConstraint(
            ["cross_certification_id"],
            ["cross_revocations.cross_certification_id"],
            name=op.f("fk_revocation_approvals_cross_certification_id"),
        ),
        sa.PrimaryKeyConstraint(
            "cross_certification_id", "officer", name=op.f("pk_revocation_approvals")
        ),
        sa.UniqueConstraint(
            "cross_certification_id",
            "number",
            name=op.f("uq_revocation_approvals_cross_certification_id_number"),
        ),
        comment="Who proposed the end of a cross certificate and who approved it,"
        " with what each signed",
    )
    columns = "cross_certification_id, officer, number, actor, request_id, approved_at"
    op.execute(f"INSERT INTO revocation_approvals ({columns}) SELECT {columns} FROM moved")  # noqa: S608
    op.drop_table("moved")
