"""Leases: which instance writes for the service bridge."""

from __future__ import annotations

from openjpki.storage.migrations.leases import create_lease_tables

revision = "bridge_0006"
down_revision = "bridge_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; every instance may take what is there."""
    create_lease_tables(authorities="SELECT 'bridge' AS authority_id")
