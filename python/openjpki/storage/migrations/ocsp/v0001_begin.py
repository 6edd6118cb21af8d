"""Registered verifiers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import Bytes, String, UtcTime
from openjpki.storage.migrations.common import create_common_tables

revision = "ocsp_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first schema."""
    create_common_tables()
    op.create_table(
        "verifiers",
        sa.Column("verifier_id", String, nullable=False),
        sa.Column("display_name", String, nullable=False),
        sa.Column("registered_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("verifier_id", name=op.f("pk_verifiers")),
        comment="Who may ask for status; the id is the scope in the verifier's SPIFFE id",
    )
    op.create_table(
        "verifier_authorities",
        sa.Column("verifier_id", String, nullable=False),
        sa.Column("authority_id", String, nullable=False),
        _of_verifier("verifier_authorities"),
        sa.PrimaryKeyConstraint(
            "verifier_id", "authority_id", name=op.f("pk_verifier_authorities")
        ),
        comment="Authorities whose certificates a verifier may ask about",
    )
    op.create_table(
        "verifier_signers",
        sa.Column("verifier_id", String, nullable=False),
        sa.Column("sha256", Bytes, nullable=False),
        sa.Column("certificate", Bytes, nullable=False),
        _of_verifier("verifier_signers"),
        sa.PrimaryKeyConstraint("verifier_id", "sha256", name=op.f("pk_verifier_signers")),
        sa.UniqueConstraint("sha256", name=op.f("uq_verifier_signers_sha256")),
        comment="Certificates with which verifiers sign OCSP requests, X.509 DER",
    )
    op.create_table(
        "verifier_networks",
        sa.Column("verifier_id", String, nullable=False),
        sa.Column("network", String, nullable=False),
        _of_verifier("verifier_networks"),
        sa.PrimaryKeyConstraint("verifier_id", "network", name=op.f("pk_verifier_networks")),
        comment="Closed networks whose addresses are answered over plain HTTP, CIDR",
    )


def _of_verifier(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["verifier_id"],
        ["verifiers.verifier_id"],
        name=op.f(f"fk_{table}_verifier_id"),
        ondelete="CASCADE",
    )
