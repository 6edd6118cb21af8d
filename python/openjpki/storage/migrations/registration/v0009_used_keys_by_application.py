"""A key is found by its application, as one is released when that ends."""

from __future__ import annotations

from alembic import op

revision = "registration_0009"
down_revision = "registration_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table grows with every key that was ever presented."""
    op.create_index("ix_used_keys_application_id", "used_keys", ["application_id"])
