"""A status replica is called by scope and name: one name in two scopes is two replicas."""

from __future__ import annotations

from alembic import op

revision = "ca_0016"
down_revision = "ca_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of keys from before, the scope is the one that the samples have and most installations."""
    op.execute("UPDATE responder_keys SET replica = 'nationwide/' || replica")
