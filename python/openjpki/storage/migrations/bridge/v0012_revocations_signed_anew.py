"""The end of a cross certificate whose issuer could not be told may be signed anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import Bytes, String, UtcTime

revision = "bridge_0012"
down_revision = "bridge_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table for the first of two new signatures."""
    op.create_table(
        "revocation_renewals",
        sa.Column("cross_certification_id", String, nullable=False),
        sa.Column("officer", String, nullable=False),
        sa.Column("actor", String, nullable=False),
        sa.Column("request_id", String, nullable=False),
        sa.Column("approved_at", UtcTime, nullable=False),
        sa.Column("key_sha256", Bytes, nullable=False),
        sa.Column("signed_at", UtcTime, nullable=False),
        sa.Column("signature", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("cross_certification_id", name="pk_revocation_renewals"),
        sa.ForeignKeyConstraint(
            ["cross_certification_id"],
            ["cross_revocations.cross_certification_id"],
            name="fk_revocation_renewals_cross_certification_id",
        ),
        comment="Who signed an approved end anew, whose issuer was not told yet; counts with a "
        "second",
    )
