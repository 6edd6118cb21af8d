"""Keys of OCSP responders that may have certificates, and the issuances of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import Bytes, String, UtcTime

revision = "ca_0012"
down_revision = "ca_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the register, empty: replicas keep the certificates that they have."""
    op.create_table(
        "responder_keys",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("key_sha256", Bytes, nullable=False),
        sa.Column("replica", String, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("proposed_by", String, nullable=False),
        sa.Column("proposed_at", UtcTime, nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'enrolled', 'withdrawn')", name=op.f("ck_responder_keys_state")
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"],
            ["authorities.authority_id"],
            name=op.f("fk_responder_keys_authority_id"),
        ),
        sa.PrimaryKeyConstraint("authority_id", "key_sha256", name=op.f("pk_responder_keys")),
        comment="Keys of OCSP responders: of which replica, and whether they may have certificates",
    )
    op.create_index(
        "ix_issuances_responders",
        "issuances",
        ["authority_id", "key_fingerprint"],
        sqlite_where=sa.text("kind = 'responder'"),
        postgresql_where=sa.text("kind = 'responder'"),
    )
