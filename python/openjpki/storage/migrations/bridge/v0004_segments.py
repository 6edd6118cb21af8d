"""The journal in segments, one run for each retention class."""

from __future__ import annotations

from openjpki.storage.migrations.segmented_journal import segment_journal

revision = "bridge_0004"
down_revision = "bridge_0003"
branch_labels = None
depends_on = None

_CLASSES = {
    "authority.created": "authority_keys",
    "partner.registered": "authority_keys",
    "cross.proposed": "authority_keys",
    "cross.approved": "authority_keys",
    "cross.rejected": "authority_keys",
    "cross.refused": "authority_keys",
    "cross.issued": "authority_keys",
    "certificate.submitted": "authority_keys",
    "list.submitted": "authority_keys",
    "list.published": "authority_keys",
}


def upgrade() -> None:
    """Move every entry into the first segment of its class."""
    segment_journal(_CLASSES)
