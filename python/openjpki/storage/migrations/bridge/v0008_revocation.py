"""Generations of the service bridge's key have a state; cross certificates can be revoked.

The newest generation is the active one. Lists and what the service bridge signed name their
generation. Approvals come along with the table that they refer to.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, Bytes, String, UtcTime

revision = "bridge_0008"
down_revision = "bridge_0007"
branch_labels = None
depends_on = None

_GENERATION_OF_KEY = (
    "(SELECT generation FROM service_bridge WHERE service_bridge.key_label = moved.key_label)"
)


def upgrade() -> None:
    """Make the tables anew, with what is there."""
    _move_generations()
    _move_lists()
    op.execute("CREATE TABLE moved_approvals AS SELECT * FROM approvals")
    op.drop_table("approvals")
    _move_crosses()
    _create_approvals(
        "approvals",
        "cross_certifications",
        "Two officers' approvals of each cross-certification, never one's twice",
    )
    columns = "cross_certification_id, officer, number, actor, request_id, approved_at"
    op.execute(f"INSERT INTO approvals ({columns}) SELECT {columns} FROM moved_approvals")  # noqa: S608
    op.drop_table("moved_approvals")
    _create_revocations()
    _create_approvals(
        "revocation_approvals",
        "cross_revocations",
        "Who proposed the end of a cross certificate and who approved it, two people",
    )


def _move_generations() -> None:
    op.execute("CREATE TABLE moved AS SELECT * FROM service_bridge")
    op.drop_table("service_bridge")
    op.create_table(
        "service_bridge",
        sa.Column("generation", BigNumber, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("key_label", String, nullable=False),
        sa.Column("certificate", Bytes, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'active', 'retiring', 'ended', 'compromised', 'lost')",
            name=op.f("ck_service_bridge_state"),
        ),
        sa.PrimaryKeyConstraint("generation", name=op.f("pk_service_bridge")),
        comment="The service bridge's own authority, a row for each generation of its key",
    )
    op.create_index(
        "uq_service_bridge_active",
        "service_bridge",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.execute(
        "INSERT INTO service_bridge (generation, state, key_label, certificate, created_at)"
        " SELECT generation, CASE WHEN generation = (SELECT max(generation) FROM moved)"
        " THEN 'active' ELSE 'retiring' END, key_label, certificate, created_at FROM moved"
    )
    op.drop_table("moved")


def _move_lists() -> None:
    op.execute("CREATE TABLE moved AS SELECT * FROM authority_lists")
    op.drop_table("authority_lists")
    op.create_table(
        "authority_lists",
        sa.Column("generation", BigNumber, nullable=False),
        sa.Column("number", BigNumber, nullable=False),
        sa.Column("this_update", UtcTime, nullable=False),
        sa.Column("next_update", UtcTime, nullable=False),
        sa.Column("entries", BigNumber, nullable=False),
        sa.Column("sha256", Bytes, nullable=False),
        sa.Column("list", Bytes, nullable=True),
        sa.PrimaryKeyConstraint("generation", "number", name=op.f("pk_authority_lists")),
        sa.ForeignKeyConstraint(
            ["generation"],
            ["service_bridge.generation"],
            name=op.f("fk_authority_lists_generation"),
        ),
        comment="The bridge's own authority revocation lists; the bytes of old ones are dropped",
    )
    kept = "number, this_update, next_update, entries, sha256, list"
    op.execute(
        f"INSERT INTO authority_lists (generation, {kept})"  # noqa: S608
        f" SELECT service_bridge.generation, {kept} FROM moved, service_bridge"
        " WHERE service_bridge.state = 'active'"
    )
    op.drop_table("moved")


def _move_crosses() -> None:
    op.execute("CREATE TABLE moved AS SELECT * FROM cross_certifications")
    op.drop_table("cross_certifications")
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
        sa.Column("generation", BigNumber, nullable=True),
        sa.Column("certificate", Bytes, nullable=True),
        sa.Column("decided_at", UtcTime, nullable=True),
        sa.Column("refusal", String, nullable=True),
        sa.CheckConstraint(
            "(state IN ('issued', 'revoked')) = (certificate IS NOT NULL)",
            name=op.f("ck_cross_certifications_certificate_if_issued"),
        ),
        sa.CheckConstraint(
            "direction IN ('to_partner', 'from_partner')",
            name=op.f("ck_cross_certifications_direction"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'issued', 'rejected', 'revoked')",
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
        sqlite_where=sa.text("state = 'approved'"),
        postgresql_where=sa.text("state = 'approved'"),
    )
    kept = (
        "cross_certification_id, partner_id, direction, state, mappings, certification_request,"
        " offered, proposed_at, serial, tbs, key_label, certificate, decided_at, refusal"
    )
    op.execute(
        f"INSERT INTO cross_certifications ({kept}, generation)"  # noqa: S608
        f" SELECT {kept}, {_GENERATION_OF_KEY} FROM moved"
    )
    op.drop_table("moved")


def _create_revocations() -> None:
    op.create_table(
        "cross_revocations",
        sa.Column("cross_certification_id", String, nullable=False),
        sa.Column("cause", String, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("revoked_at", UtcTime, nullable=True),
        sa.Column("listed", sa.Boolean, nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'done')", name=op.f("ck_cross_revocations_state")
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (revoked_at IS NULL)",
            name=op.f("ck_cross_revocations_moment_if_approved"),
        ),
        sa.ForeignKeyConstraint(
            ["cross_certification_id"],
            ["cross_certifications.cross_certification_id"],
            name=op.f("fk_cross_revocations_cross_certification_id"),
        ),
        sa.PrimaryKeyConstraint("cross_certification_id", name=op.f("pk_cross_revocations")),
        comment="The end of a cross certificate; listed: on a list of ours that was published",
    )


def _create_approvals(table: str, of: str, comment: str) -> None:
    op.create_table(
        table,
        sa.Column("cross_certification_id", String, nullable=False),
        sa.Column("officer", String, nullable=False),
        sa.Column("number", BigNumber, nullable=False),
        sa.Column("actor", String, nullable=False),
        sa.Column("request_id", String, nullable=False),
        sa.Column("approved_at", UtcTime, nullable=False),
        sa.CheckConstraint("number IN (1, 2)", name=op.f(f"ck_{table}_two")),
        sa.ForeignKeyConstraint(
            ["cross_certification_id"],
            [f"{of}.cross_certification_id"],
            name=op.f(f"fk_{table}_cross_certification_id"),
        ),
        sa.PrimaryKeyConstraint("cross_certification_id", "officer", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(
            "cross_certification_id",
            "number",
            name=op.f(f"uq_{table}_cross_certification_id_number"),
        ),
        comment=comment,
    )
