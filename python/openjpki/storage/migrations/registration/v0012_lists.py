"""Applications are found by their state, by window, and by person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "registration_0012"
down_revision = "registration_0011"
branch_labels = None
depends_on = None

_IN_ORDER = ["state", "submitted_at", "application_id"]


def upgrade() -> None:
    """In the order of their lists; who waits for a decision stays in an index of few."""
    op.create_index("ix_applications_queue", "applications", ["municipality_code", *_IN_ORDER])
    op.create_index("ix_applications_window", "applications", ["window_id", *_IN_ORDER])
    op.create_index("ix_applications_person", "applications", ["person_reference", *_IN_ORDER])
    op.drop_index("ix_applications_undecided", "applications")
    op.create_index(
        "ix_applications_undecided",
        "applications",
        ["submitted_at", "state"],
        sqlite_where=sa.text("state = 'key_presented'"),
        postgresql_where=sa.text("state = 'key_presented'"),
    )
