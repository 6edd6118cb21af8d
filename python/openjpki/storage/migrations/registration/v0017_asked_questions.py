"""What was asked in an identity check, further documents, and by which rules (R2.2.2)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import String

revision = "registration_0017"
down_revision = "registration_0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three columns, NULL for checks of before."""
    for column in ("further_documents", "asked", "rules_version"):
        op.add_column("identity_checks", sa.Column(column, String, nullable=True))
