"""The tables of the officers' register."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import Bytes, String, UtcTime


def create_officer_tables() -> None:
    """Nobody is enrolled yet."""
    op.create_table(
        "officers",
        sa.Column("officer", String, nullable=False),
        sa.PrimaryKeyConstraint("officer", name="pk_officers"),
        comment="Every officer ever proposed; the row that changes of one officer queue for",
    )
    op.create_table(
        "officer_keys",
        sa.Column("key_sha256", Bytes, nullable=False),
        sa.Column("officer", String, nullable=False),
        sa.Column("public_key", Bytes, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("not_before", UtcTime, nullable=False),
        sa.Column("not_after", UtcTime, nullable=False),
        sa.Column("suspended_by", String, nullable=True),
        sa.Column("replaced_by", Bytes, nullable=True),
        sa.PrimaryKeyConstraint("key_sha256", name="pk_officer_keys"),
        sa.ForeignKeyConstraint(["officer"], ["officers.officer"], name="fk_officer_keys_officer"),
        sa.CheckConstraint(
            "state IN ('enrolled', 'suspended', 'revoked')", name=op.f("ck_officer_keys_state")
        ),
        sa.CheckConstraint(
            "(state = 'enrolled') = (suspended_by IS NULL)",
            name=op.f("ck_officer_keys_suspended_by_a_proposal"),
        ),
        comment="Keys that officers are or were known by; suspended_by: the proposal of revocation",
    )
    op.create_index("ix_officer_keys_officer", "officer_keys", ["officer"])
    op.create_table(
        "officer_proposals",
        sa.Column("proposal_id", String, nullable=False),
        sa.Column("kind", String, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("officer", String, nullable=False),
        sa.Column("public_key", Bytes, nullable=True),
        sa.Column("replaces", Bytes, nullable=True),
        sa.Column("not_before", UtcTime, nullable=True),
        sa.Column("not_after", UtcTime, nullable=True),
        sa.Column("presented", Bytes, nullable=True),
        sa.Column("presented_for", String, nullable=True),
        sa.Column("presented_at", UtcTime, nullable=True),
        sa.Column("cause", String, nullable=True),
        sa.Column("proposed_by", String, nullable=False),
        sa.Column("proposed_at", UtcTime, nullable=False),
        sa.Column("decided_by", String, nullable=True),
        sa.Column("decided_at", UtcTime, nullable=True),
        sa.PrimaryKeyConstraint("proposal_id", name="pk_officer_proposals"),
        sa.ForeignKeyConstraint(
            ["officer"], ["officers.officer"], name="fk_officer_proposals_officer"
        ),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_officer_proposals_{name}"))
            for name, rule in (
                ("kind", "kind IN ('enrolment', 'renewal', 'revocation')"),
                ("state", "state IN ('open', 'approved', 'rejected')"),
                ("replaces", "(kind = 'renewal') = (replaces IS NOT NULL)"),
                ("cause", "(kind = 'revocation') = (cause IS NOT NULL)"),
                ("public_key", "(kind = 'revocation') = (public_key IS NULL)"),
                ("presented", "(kind = 'revocation') = (presented IS NULL)"),
                ("decided_by", "(state = 'open') = (decided_by IS NULL)"),
                ("decided_at", "(state = 'open') = (decided_at IS NULL)"),
            )
        ),
        comment="Changes of the register: presented is the officer's signature over the new key",
    )
    op.create_index(
        "ix_officer_proposals_open",
        "officer_proposals",
        ["proposed_at"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
