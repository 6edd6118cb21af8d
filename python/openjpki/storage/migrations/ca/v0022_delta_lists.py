"""Delta lists have rows of their own, beside those of complete lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import AuthorityIdColumn, BigNumber, Bytes, String, UtcTime

revision = "ca_0022"
down_revision = "ca_0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table; no policy has asked for such a list until now."""
    op.create_table(
        "delta_lists",
        sa.Column("authority_id", AuthorityIdColumn, nullable=False),
        sa.Column("generation", BigNumber, nullable=False),
        sa.Column("partition", String, nullable=False),
        sa.Column("number", BigNumber, nullable=False),
        sa.Column("base_number", BigNumber, nullable=False),
        sa.Column("this_update", UtcTime, nullable=False),
        sa.Column("next_update", UtcTime, nullable=False),
        sa.Column("entries", BigNumber, nullable=False),
        sa.Column("as_of", BigNumber, nullable=False),
        sa.Column("sha256", Bytes, nullable=False),
        sa.Column("list", Bytes, nullable=True),
        sa.PrimaryKeyConstraint(
            "authority_id", "generation", "partition", "number", name="pk_delta_lists"
        ),
        sa.ForeignKeyConstraint(
            ["authority_id", "generation"],
            ["generations.authority_id", "generations.number"],
            name="fk_delta_lists_authority_id_generations",
        ),
        sa.CheckConstraint("base_number < number", name=op.f("ck_delta_lists_base_number")),
        comment="Every delta list published; in one sequence of numbers with revocation_lists",
    )
