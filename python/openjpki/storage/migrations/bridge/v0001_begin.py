"""The service bridge, its partners, cross-certifications, and what paths are built from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, Bytes, String, UtcTime
from openjpki.storage.migrations.common import create_common_tables

revision = "bridge_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first schema."""
    create_common_tables()
    op.create_table(
        "authority_lists",
        sa.Column("number", BigNumber, nullable=False),
        sa.Column("this_update", UtcTime, nullable=False),
        sa.Column("next_update", UtcTime, nullable=False),
        sa.Column("entries", BigNumber, nullable=False),
        sa.Column("sha256", Bytes, nullable=False),
        sa.Column("list", Bytes, nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_authority_lists")),
        comment="The bridge's own authority revocation lists; the bytes of old ones are dropped",
    )
    op.create_table(
        "governors",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("certificate", Bytes, nullable=False),
        sa.Column("policy_oid", String, nullable=False),
        sa.PrimaryKeyConstraint("authority_id", name=op.f("pk_governors")),
        comment="The prefectural authorities as the ca service last listed them",
    )
    op.create_table(
        "partners",
        sa.Column("partner_id", String, nullable=False),
        sa.Column("kind", String, nullable=False),
        sa.Column("display_name", String, nullable=False),
        sa.Column("certificate", Bytes, nullable=True),
        sa.Column("identity", Bytes, nullable=True),
        sa.Column("registered_at", UtcTime, nullable=False),
        sa.CheckConstraint(
            "(kind = 'foreign') = (certificate IS NOT NULL)",
            name=op.f("ck_partners_certificate_where_foreign"),
        ),
        sa.CheckConstraint(
            "(kind = 'foreign') = (identity IS NOT NULL)",
            name=op.f("ck_partners_identity_where_foreign"),
        ),
        sa.CheckConstraint("kind IN ('prefectural', 'foreign')", name=op.f("ck_partners_kind")),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_partners")),
        sa.UniqueConstraint("identity", name=op.f("uq_partners_identity")),
        comment="Authorities that certificates are exchanged with; identity: SHA-256 of name"
        " and key",
    )
    op.create_table(
        "pool_lists",
        sa.Column("issuer", Bytes, nullable=False),
        sa.Column("scope", Bytes, nullable=False),
        sa.Column("next_update", UtcTime, nullable=False),
        sa.Column("list", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "scope", name=op.f("pk_pool_lists")),
        comment="Newest list of each issuer (SHA-256 of name and key) and scope (SHA-256)",
    )
    op.create_table(
        "pool_versions",
        sa.Column("id", BigNumber, nullable=False),
        sa.Column("version", BigNumber, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_pool_versions_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_versions")),
        comment="Rises with every change of the pool; the row that its writers queue for",
    )
    op.create_table(
        "serials",
        sa.Column("serial", Bytes, nullable=False),
        sa.Column("reserved_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_serials")),
        comment="Every serial number ever reserved; none is reserved twice, signed or not",
    )
    op.create_table(
        "service_bridge",
        sa.Column("generation", BigNumber, nullable=False),
        sa.Column("key_label", String, nullable=False),
        sa.Column("certificate", Bytes, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("generation", name=op.f("pk_service_bridge")),
        comment="The service bridge's own authority, a row for each generation of its key",
    )
    op.create_table(
        "cross_certifications",
        sa.Column("cross_certification_id", String, nullable=False),
        sa.Column("partner_id", String, nullable=False),
        sa.Column("direction", String, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("mappings", String, nullable=False),
        sa.Column("certification_request", Bytes, nullable=True),
        sa.Column("offered", Bytes, nullable=True),
        sa.Column("proposed_at", UtcTime, nullable=False),
        sa.Column("serial", Bytes, nullable=True),
        sa.Column("tbs", Bytes, nullable=True),
        sa.Column("key_label", String, nullable=True),
        sa.Column("certificate", Bytes, nullable=True),
        sa.Column("decided_at", UtcTime, nullable=True),
        sa.CheckConstraint(
            "(state = 'issued') = (certificate IS NOT NULL)",
            name=op.f("ck_cross_certifications_certificate_if_issued"),
        ),
        sa.CheckConstraint(
            "direction IN ('to_partner', 'from_partner')",
            name=op.f("ck_cross_certifications_direction"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'issued', 'rejected')",
            name=op.f("ck_cross_certifications_state"),
        ),
        sa.CheckConstraint(
            "tbs IS NULL OR (direction = 'to_partner' AND state = 'approved')",
            name=op.f("ck_cross_certifications_intent"),
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.partner_id"], name=op.f("fk_cross_certifications_partner_id")
        ),
        sa.ForeignKeyConstraint(
            ["serial"], ["serials.serial"], name=op.f("fk_cross_certifications_serial")
        ),
        sa.PrimaryKeyConstraint("cross_certification_id", name=op.f("pk_cross_certifications")),
        sa.UniqueConstraint("serial", name=op.f("uq_cross_certifications_serial")),
        comment="One direction of an exchange; tbs: what is to be signed, durable before it is",
    )
    op.create_index(
        "ix_cross_certifications_approved",
        "cross_certifications",
        ["cross_certification_id"],
        unique=False,
        sqlite_where=sa.text("state = 'approved'"),
        postgresql_where=sa.text("state = 'approved'"),
    )
    op.create_table(
        "submitted_certificates",
        sa.Column("sha256", Bytes, nullable=False),
        sa.Column("partner_id", String, nullable=False),
        sa.Column("certificate", Bytes, nullable=False),
        sa.Column("submitted_at", UtcTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"],
            ["partners.partner_id"],
            name=op.f("fk_submitted_certificates_partner_id"),
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_submitted_certificates")),
        comment="Certificates between authorities beyond a partner; none is a trust anchor",
    )
    op.create_index(
        "ix_submitted_certificates_partner_id",
        "submitted_certificates",
        ["partner_id"],
        unique=False,
    )
    op.create_table(
        "approvals",
        sa.Column("cross_certification_id", String, nullable=False),
        sa.Column("officer", String, nullable=False),
        sa.Column("number", BigNumber, nullable=False),
        sa.Column("actor", String, nullable=False),
        sa.Column("request_id", String, nullable=False),
        sa.Column("approved_at", UtcTime, nullable=False),
        sa.CheckConstraint("number IN (1, 2)", name=op.f("ck_approvals_two")),
        sa.ForeignKeyConstraint(
            ["cross_certification_id"],
            ["cross_certifications.cross_certification_id"],
            name=op.f("fk_approvals_cross_certification_id"),
        ),
        sa.PrimaryKeyConstraint("cross_certification_id", "officer", name=op.f("pk_approvals")),
        sa.UniqueConstraint(
            "cross_certification_id",
            "number",
            name=op.f("uq_approvals_cross_certification_id_number"),
        ),
        comment="Two officers' approvals of each cross-certification, never one's twice",
    )
