"""Leases: which instance writes for an authority."""

from __future__ import annotations

from openjpki.storage.migrations.leases import create_lease_tables

revision = "ca_0007"
down_revision = "ca_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; every instance may take what is there."""
    create_lease_tables(authorities="SELECT authority_id FROM authorities")
