"""Change notices of the resident register network, and whom their links mean (R3.1.2a)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, Bytes, String, UtcTime

revision = "registration_0020"
down_revision = "registration_0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three tables. Links of who applied before are made by the service, from the register."""
    op.create_table(
        "register_links",
        sa.Column("municipality_code", String, nullable=False),
        sa.Column("link", Bytes, nullable=False),
        sa.Column("person_reference", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("municipality_code", "link", name=op.f("pk_register_links")),
        comment="Whom a link of a register means, as a person reference; of those who ever applied",
    )
    op.create_index(
        "ix_register_links_person", "register_links", ["municipality_code", "person_reference"]
    )
    op.create_table(
        "notice_feeds",
        sa.Column("municipality_code", String, nullable=False),
        sa.Column("position", BigNumber, nullable=False),
        sa.PrimaryKeyConstraint("municipality_code", name=op.f("pk_notice_feeds")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_notice_feeds_position")),
        comment="Up to which number a register's change notices were taken",
    )
    op.create_table(
        "change_notices",
        sa.Column("municipality_code", String, nullable=False),
        sa.Column("sequence", BigNumber, nullable=False),
        sa.Column("link", Bytes, nullable=False),
        sa.Column("noticed_at", UtcTime, nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.PrimaryKeyConstraint("municipality_code", "sequence", name=op.f("pk_change_notices")),
        sa.CheckConstraint(
            "state IN ('waiting', 'application_open', 'ended', 'without_certificate',"
            " 'certified_since')",
            name=op.f("ck_change_notices_state"),
        ),
        comment="That something changed about somebody, never what (R3.1.2a); state: what came of"
        " it",
    )
    for state in ("waiting", "application_open"):
        where = sa.text(f"state = '{state}'")
        op.create_index(
            f"ix_change_notices_{state}",
            "change_notices",
            ["received_at", "municipality_code", "sequence", "state"],
            sqlite_where=where,
            postgresql_where=where,
        )
    op.create_index(
        "ix_change_notices_month",
        "change_notices",
        ["municipality_code", "received_at"],
    )
