"""Which lists officers took out of the pool: what was before them must not take their place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import Bytes, UtcTime

revision = "bridge_0015"
down_revision = "bridge_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table, empty: of what was taken out before, nothing is known."""
    op.create_table(
        "taken_out_lists",
        sa.Column("sha256", Bytes, nullable=False),
        sa.Column("issuer", Bytes, nullable=False),
        sa.Column("scope", Bytes, nullable=False),
        sa.Column("number", Bytes, nullable=False),
        sa.Column("this_update", UtcTime, nullable=False),
        sa.Column("retained_from", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_taken_out_lists")),
        comment="What an officer took out of kept_lists: no list from before it counts where it"
        " did",
    )
    for columns in (["issuer", "scope", "this_update"], ["retained_from"], ["this_update"]):
        name = op.f(f"ix_taken_out_lists_{'_'.join(columns)}")
        op.create_index(name, "taken_out_lists", columns)
