"""Errors that one governor's officer found, for another to approve (R3.1.2c)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import AuthorityIdColumn, Bytes, String, UtcTime

revision = "ca_0023"
down_revision = "ca_0022"
branch_labels = None
depends_on = None

_TABLE = "revocation_proposals"


def upgrade() -> None:
    """A table, empty."""
    op.create_table(
        _TABLE,
        sa.Column("authority_id", AuthorityIdColumn, nullable=False),
        sa.Column("proposal_id", String, nullable=False),
        sa.Column("serial", Bytes, nullable=False),
        sa.Column("cause", String, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("proposed_by", String, nullable=False),
        sa.Column("proposed_with", String, nullable=True),
        sa.Column("proposed_at", UtcTime(), nullable=False),
        sa.Column("officer", String, nullable=False),
        sa.Column("request_id", String, nullable=False),
        sa.Column("signed_at", UtcTime(), nullable=False),
        sa.Column("key_sha256", Bytes, nullable=False),
        sa.Column("signature", Bytes, nullable=False),
        sa.Column("ended_by", String, nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("evidence_until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("authority_id", "proposal_id", name=op.f(f"pk_{_TABLE}")),
        sa.ForeignKeyConstraint(
            ["authority_id", "serial"],
            ["certificates.authority_id", "certificates.serial"],
            name=op.f(f"fk_{_TABLE}_authority_id_certificates"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'done', 'withdrawn', 'lapsed', 'denied')",
            name=op.f(f"ck_{_TABLE}_state"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (ended_at IS NULL)", name=op.f(f"ck_{_TABLE}_ended")
        ),
        sa.CheckConstraint(
            "(state = 'done') = (evidence_until IS NOT NULL)",
            name=op.f(f"ck_{_TABLE}_evidence_until"),
        ),
        comment="Errors that one governor's officer found, for another to approve (R3.1.2c)",
    )
    op.create_index(
        "uq_revocation_proposals_open",
        _TABLE,
        ["authority_id", "serial"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_revocation_proposals_serial", _TABLE, ["authority_id", "serial"])
