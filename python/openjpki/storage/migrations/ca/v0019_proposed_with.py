"""A proposal says which certificate of the mesh it was made with, which may be denied alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import String

revision = "ca_0019"
down_revision = "ca_0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column; of those that wait by now it is not known."""
    op.add_column("officer_proposals", sa.Column("proposed_with", String, nullable=True))
