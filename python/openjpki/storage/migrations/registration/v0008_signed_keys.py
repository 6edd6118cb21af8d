"""An officer signs which key the applicant handed in: keys from before are presented once more."""

from __future__ import annotations

from alembic import op

revision = "registration_0008"
down_revision = "registration_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Send back what waits for a decision: over a key that nobody signed for none can be made."""
    op.execute(
        "UPDATE applications SET state = 'identity_confirmed', key_fingerprint = NULL"
        " WHERE state = 'key_presented'"
    )
