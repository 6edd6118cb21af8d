"""The journal in segments, one run for each retention class."""

from __future__ import annotations

from openjpki.storage.migrations.segmented_journal import segment_journal

revision = "resident_register_0002"
down_revision = "resident_register_0001"
branch_labels = None
depends_on = None

_CLASSES = {"register.loaded": "operations"}


def upgrade() -> None:
    """Move every entry into the first segment of its class."""
    segment_journal(_CLASSES)
