"""The time that disposing of the journal goes by has a place of its own."""

from __future__ import annotations

from openjpki.storage.migrations.journal_time import create_journal_time

revision = "registration_0010"
down_revision = "registration_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table, empty."""
    create_journal_time()
