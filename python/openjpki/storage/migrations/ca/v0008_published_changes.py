"""Lists say as of which position of the feed they are, so that what one lacks can be found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber

revision = "ca_0008"
down_revision = "ca_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lists made so far are as of no position; what they may lack is published once more."""
    op.add_column(
        "revocation_lists",
        sa.Column("as_of", BigNumber, nullable=False, server_default=sa.text("0")),
    )
    op.create_index(
        "ix_revocations_not_users",
        "revocations",
        ["authority_id", "generation", "sequence"],
        sqlite_where=sa.text("partition = 'authority'"),
        postgresql_where=sa.text("partition = 'authority'"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_table_comment(
            "revocation_lists",
            "Every list published; the bytes of old ones are dropped; as_of: position of the feed",
        )
