"""The time that disposing of the journal goes by has a place of its own."""

from __future__ import annotations

from openjpki.storage.migrations.journal_time import create_journal_time

revision = "bridge_0014"
down_revision = "bridge_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table, empty."""
    create_journal_time()
