"""The journal in segments, one run for each retention class."""

from __future__ import annotations

from openjpki.storage.migrations.segmented_journal import segment_journal

revision = "registration_0003"
down_revision = "registration_0002"
branch_labels = None
depends_on = None

_CLASSES = {
    "application.submitted": "user_certificates",
    "identity.confirmed": "user_certificates",
    "key.presented": "user_certificates",
    "application.approved": "user_certificates",
    "application.rejected": "user_certificates",
    "application.withdrawn": "user_certificates",
    "application.issued": "user_certificates",
    "application.refused": "user_certificates",
    "revocation.requested": "user_certificates",
    "certificate.revoked": "user_certificates",
    "call.refused": "user_certificates",
}


def upgrade() -> None:
    """Move every entry into the first segment of its class."""
    segment_journal(_CLASSES)
