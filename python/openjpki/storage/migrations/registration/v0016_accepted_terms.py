"""Which terms of use an applicant accepted (R2.4.2b)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import String

revision = "registration_0016"
down_revision = "registration_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column, NULL for applications of before: nobody knows what they accepted."""
    op.add_column("applications", sa.Column("accepted_terms", String, nullable=True))
