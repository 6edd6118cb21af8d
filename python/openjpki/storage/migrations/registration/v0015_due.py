"""Applications that end by themselves are found: those that wait, were handed over, or whose
certificate lives no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "registration_0015"
down_revision = "registration_0014"
branch_labels = None
depends_on = None

_OF_SOME = {
    "ix_applications_waiting": (
        "submitted_at",
        "state IN ('submitted', 'identity_confirmed', 'key_presented')",
    ),
    "ix_applications_handed_over": ("handed_over_at", "state = 'handed_over'"),
    "ix_applications_ended_certificate": (
        "not_after",
        "state IN ('issued', 'handed_over') AND NOT live",
    ),
}


def upgrade() -> None:
    """Three indexes of few."""
    for name, (column, which) in _OF_SOME.items():
        op.create_index(
            name,
            "applications",
            [column],
            sqlite_where=sa.text(which),
            postgresql_where=sa.text(which),
        )
