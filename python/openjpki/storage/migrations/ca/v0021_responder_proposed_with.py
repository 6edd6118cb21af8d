"""A responder's key says which certificate of the mesh it was proposed with, which may be denied
alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import String

revision = "ca_0021"
down_revision = "ca_0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column; of those that wait by now it is not known."""
    op.add_column("responder_keys", sa.Column("proposed_with", String, nullable=True))
