"""How much a verifier may be told, as it was agreed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, String

revision = "ocsp_0009"
down_revision = "ocsp_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns: what there is has no quota."""
    for unit in ("statuses", "downloads"):
        op.add_column("agreements", sa.Column(f"{unit}_per_day", BigNumber, nullable=True))
        op.add_column("agreements", sa.Column(f"{unit}_per_month", BigNumber, nullable=True))
    op.add_column("agreements", sa.Column("quota_beyond", String, nullable=True))
