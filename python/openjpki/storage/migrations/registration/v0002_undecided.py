"""Finding applications that wait for the second officer's decision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "registration_0002"
down_revision = "registration_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an index."""
    op.create_index(
        "ix_applications_undecided",
        "applications",
        ["submitted_at"],
        sqlite_where=sa.text("state = 'key_presented'"),
        postgresql_where=sa.text("state = 'key_presented'"),
    )
