"""A feed's event names the generation and the end of its certificate.

Those kept so far say neither: they are dropped, and every replica takes a snapshot.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, UtcTime

revision = "ca_0004"
down_revision = "ca_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the events, then say more of each."""
    op.execute("UPDATE feeds SET dropped_to = head")
    op.execute("DELETE FROM feed_events")
    with op.batch_alter_table("feed_events") as events:
        events.add_column(sa.Column("generation", BigNumber, nullable=False))
        events.add_column(sa.Column("not_after", UtcTime(), nullable=False))
