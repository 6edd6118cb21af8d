"""An authority's id names its kind; a partner that is an authority here is known by that id."""

from __future__ import annotations

from openjpki.storage.migrations.authority_ids import name_the_kind

revision = "bridge_0003"
down_revision = "bridge_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rewrite the ids. A foreign partner never had one of two digits."""
    name_the_kind(
        {
            "governors": "authority_id",
            "partners": "partner_id",
            "cross_certifications": "partner_id",
            "submitted_certificates": "partner_id",
        },
        [
            ("cross_certifications", "fk_cross_certifications_partner_id"),
            ("submitted_certificates", "fk_submitted_certificates_partner_id"),
        ],
    )
