"""The register of officers whose signature counts."""

from __future__ import annotations

from openjpki.storage.migrations.officers import create_officer_tables

revision = "bridge_0007"
down_revision = "bridge_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nobody is enrolled yet."""
    create_officer_tables()
