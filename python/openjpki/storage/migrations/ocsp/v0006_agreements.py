"""Agreements of governors with verifiers; what verifiers had becomes one with each governor."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, Bytes, String, UtcTime

revision = "ocsp_0006"
down_revision = "ocsp_0005"
branch_labels = None
depends_on = None

_PARTS = (
    "name",
    "notified_by",
    "notified_at",
    "not_after",
    "purpose",
    "safety",
    "secrecy",
    "content_sha256",
)
_TAKE_OVER = """
INSERT INTO agreements
  (verifier_id, authority_id, version, state, ways, not_before, proposed_by, proposed_at)
SELECT of_verifier.verifier_id, of_verifier.authority_id, 1, 'in_force', 'grpc,lists,ocsp_http',
  :since, 'ocsp', verifiers.registered_at
FROM verifier_authorities AS of_verifier
JOIN verifiers ON verifiers.verifier_id = of_verifier.verifier_id
"""
"""In every way, without an end or clauses, as it was: the governors put another in its place."""
_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
"""Before anybody was registered: when they were is the word of a clock, which may have been ahead,
and who is shut out by an update asks nobody for it."""


def upgrade() -> None:
    """Make the table, and take over who might ask what."""
    op.create_table(
        "agreements",
        sa.Column("verifier_id", String, nullable=False),
        sa.Column("authority_id", String, nullable=False),
        sa.Column("version", BigNumber, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("name", String, nullable=True),
        sa.Column("kind", String, nullable=True),
        sa.Column("accreditation", String, nullable=True),
        sa.Column("accredited_until", UtcTime, nullable=True),
        sa.Column("notified_by", String, nullable=True),
        sa.Column("notified_at", UtcTime, nullable=True),
        sa.Column("ways", String, nullable=False),
        sa.Column("not_before", UtcTime, nullable=False),
        sa.Column("not_after", UtcTime, nullable=True),
        sa.Column("purpose", String, nullable=True),
        sa.Column("liability_cap_yen", BigNumber, nullable=True),
        sa.Column("safety", String, nullable=True),
        sa.Column("secrecy", String, nullable=True),
        sa.Column("document_sha256", Bytes, nullable=True),
        sa.Column("content_sha256", Bytes, nullable=True),
        sa.Column("proposed_by", String, nullable=False),
        sa.Column("proposed_at", UtcTime, nullable=False),
        sa.Column("proposed_with", String, nullable=True),
        sa.Column("decided_by", String, nullable=True),
        sa.Column("decided_at", UtcTime, nullable=True),
        sa.Column("stopped_by", String, nullable=True),
        sa.Column("stopped_at", UtcTime, nullable=True),
        sa.Column("superseded_at", UtcTime, nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'in_force', 'suspended', 'ended', 'rejected')",
            name=op.f("ck_agreements_state"),
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_agreements_version_positive")),
        sa.CheckConstraint(
            " AND ".join(f"(kind IS NULL) = ({part} IS NULL)" for part in _PARTS),
            name=op.f("ck_agreements_whole"),
        ),
        sa.CheckConstraint(
            "kind IS NOT NULL OR (version = 1 AND proposed_by = 'ocsp' AND accreditation IS NULL"
            " AND accredited_until IS NULL AND liability_cap_yen IS NULL"
            " AND document_sha256 IS NULL)",
            name=op.f("ck_agreements_taken_over"),
        ),
        sa.CheckConstraint(
            "kind IS NULL OR (kind = 'government_body') = (accredited_until IS NULL)",
            name=op.f("ck_agreements_business"),
        ),
        sa.PrimaryKeyConstraint(
            "verifier_id", "authority_id", "version", name=op.f("pk_agreements")
        ),
        comment="Every version of each governor's agreement with a verifier",
    )
    since = sa.bindparam("since", _SINCE, type_=UtcTime)
    op.execute(sa.text(_TAKE_OVER).bindparams(since))
