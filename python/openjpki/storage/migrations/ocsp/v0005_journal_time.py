"""The time that disposing of the journal goes by has a place of its own."""

from __future__ import annotations

from openjpki.storage.migrations.journal_time import create_journal_time

revision = "ocsp_0005"
down_revision = "ocsp_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table, empty."""
    create_journal_time()
