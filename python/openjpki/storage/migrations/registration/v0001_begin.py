"""Applications, their papers, identity checks and keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, Bytes, String, UtcTime
from openjpki.storage.migrations.common import create_common_tables

revision = "registration_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first schema."""
    create_common_tables()
    op.create_table(
        "issuers",
        sa.Column("sha256", Bytes, nullable=False),
        sa.Column("certificate", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_issuers")),
        comment="Self-signed certificates of the authorities that issued",
    )
    op.create_table(
        "reference_keys",
        sa.Column("number", BigNumber, nullable=False),
        sa.Column("check_value", Bytes, nullable=False),
        sa.CheckConstraint("number = 1", name=op.f("ck_reference_keys_one")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_reference_keys")),
        comment="Proves that the secret key of person references is still the same one",
    )
    op.create_table(
        "applications",
        sa.Column("application_id", String, nullable=False),
        sa.Column("municipality_code", String, nullable=False),
        sa.Column("window_id", String, nullable=False),
        sa.Column("person_reference", Bytes, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("submitted_by", String, nullable=False),
        sa.Column("submitted_at", UtcTime, nullable=False),
        sa.Column("checked_by", String, nullable=True),
        sa.Column("key_fingerprint", Bytes, nullable=True),
        sa.Column("decided_by", String, nullable=True),
        sa.Column("decided_at", UtcTime, nullable=True),
        sa.Column("decision_method", String, nullable=True),
        sa.Column("decision_caller", String, nullable=True),
        sa.Column("decision_request_id", String, nullable=True),
        sa.Column("decision_digest", Bytes, nullable=True),
        sa.Column("issue_request_id", String, nullable=True),
        sa.Column("refusal", String, nullable=True),
        sa.Column("serial", Bytes, nullable=True),
        sa.Column("not_after", UtcTime, nullable=True),
        sa.Column("issuer_sha256", Bytes, nullable=True),
        sa.Column("revoked_at", UtcTime, nullable=True),
        sa.CheckConstraint(
            "(state = 'issued') = (serial IS NOT NULL)",
            name=op.f("ck_applications_serial_when_issued"),
        ),
        sa.CheckConstraint("NOT live OR state = 'issued'", name=op.f("ck_applications_live")),
        sa.CheckConstraint(
            "open = (state NOT IN ('issued', 'rejected', 'withdrawn'))",
            name=op.f("ck_applications_open"),
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR issue_request_id IS NOT NULL",
            name=op.f("ck_applications_intent"),
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'identity_confirmed', 'key_presented', 'approved', 'issued',"
            " 'rejected', 'withdrawn')",
            name=op.f("ck_applications_state"),
        ),
        sa.CheckConstraint("checked_by <> decided_by", name=op.f("ck_applications_two_officers")),
        sa.ForeignKeyConstraint(
            ["issuer_sha256"], ["issuers.sha256"], name=op.f("fk_applications_issuer_sha256")
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_applications")),
        comment="Applications without personal data; open: undecided or unanswered",
    )
    op.create_index(
        "ix_applications_approved",
        "applications",
        ["decided_at"],
        unique=False,
        sqlite_where=sa.text("state = 'approved'"),
        postgresql_where=sa.text("state = 'approved'"),
    )
    op.create_index(
        "uq_applications_live_person",
        "applications",
        ["person_reference"],
        unique=True,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )
    op.create_index(
        "uq_applications_open_person",
        "applications",
        ["person_reference"],
        unique=True,
        sqlite_where=sa.text("open"),
        postgresql_where=sa.text("open"),
    )
    op.create_index(
        "uq_applications_serial",
        "applications",
        ["municipality_code", "serial"],
        unique=True,
        sqlite_where=sa.text("serial IS NOT NULL"),
        postgresql_where=sa.text("serial IS NOT NULL"),
    )
    op.create_table(
        "application_papers",
        sa.Column("application_id", String, nullable=False),
        sa.Column("name", String, nullable=False),
        sa.Column("birth_date", String, nullable=False),
        sa.Column("sex", String, nullable=False),
        sa.Column("address", String, nullable=False),
        sa.Column("romanised_name", String, nullable=False),
        sa.Column("certification_request", Bytes, nullable=True),
        sa.Column("certificate", Bytes, nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.application_id"],
            name=op.f("fk_application_papers_application_id"),
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_application_papers")),
        comment="Personal data of an application: what was stated, requested and certified",
    )
    op.create_table(
        "identity_checks",
        sa.Column("caller", String, nullable=False),
        sa.Column("request_id", String, nullable=False),
        sa.Column("application_id", String, nullable=False),
        sa.Column("purpose", String, nullable=False),
        sa.Column("evidence", String, nullable=False),
        sa.Column("document_kind", String, nullable=False),
        sa.Column("officer", String, nullable=False),
        sa.Column("checked_at", UtcTime, nullable=False),
        sa.CheckConstraint(
            "evidence IN ('photo_document', 'document_and_questions')",
            name=op.f("ck_identity_checks_evidence"),
        ),
        sa.CheckConstraint(
            "purpose IN ('issue', 'revoke')", name=op.f("ck_identity_checks_purpose")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.application_id"],
            name=op.f("fk_identity_checks_application_id"),
        ),
        sa.PrimaryKeyConstraint("caller", "request_id", name=op.f("pk_identity_checks")),
        comment="How, by whom and when identity was checked; never a document's number (R7.1)",
    )
    op.create_index(
        "ix_identity_checks_application_id", "identity_checks", ["application_id"], unique=False
    )
    op.create_table(
        "used_keys",
        sa.Column("fingerprint", Bytes, nullable=False),
        sa.Column("application_id", String, nullable=False),
        sa.Column("used_at", UtcTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.application_id"],
            name=op.f("fk_used_keys_application_id"),
        ),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_used_keys")),
        comment="SHA-256 of every SubjectPublicKeyInfo ever presented",
    )
