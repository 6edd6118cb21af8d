"""Credentials of the mesh that the service refuses."""

from __future__ import annotations

from openjpki.storage.migrations.denied_credentials import create_denied_credentials

revision = "bridge_0009"
down_revision = "bridge_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    create_denied_credentials()
