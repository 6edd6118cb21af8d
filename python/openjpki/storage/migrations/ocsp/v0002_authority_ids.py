"""An authority's id names its kind."""

from __future__ import annotations

from openjpki.storage.migrations.authority_ids import name_the_kind

revision = "ocsp_0002"
down_revision = "ocsp_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rewrite the ids."""
    name_the_kind({"verifier_authorities": "authority_id"}, [])
