"""Credentials of the mesh that the service refuses."""

from __future__ import annotations

from openjpki.storage.migrations.denied_credentials import create_denied_credentials

revision = "ocsp_0004"
down_revision = "ocsp_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    create_denied_credentials()
