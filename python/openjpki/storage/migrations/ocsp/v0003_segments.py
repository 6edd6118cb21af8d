"""The journal in segments, one run for each retention class."""

from __future__ import annotations

from openjpki.storage.migrations.segmented_journal import segment_journal

revision = "ocsp_0003"
down_revision = "ocsp_0002"
branch_labels = None
depends_on = None

_CLASSES = {
    "verifier.registered": "administration",
    "verifier.replaced": "administration",
    "verifier.removed": "administration",
}


def upgrade() -> None:
    """Move every entry into the first segment of its class."""
    segment_journal(_CLASSES)
