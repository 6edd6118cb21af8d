"""Handing over, closing and expiring: more states, and what is kept of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import Bytes, String, UtcTime

revision = "registration_0014"
down_revision = "registration_0013"
branch_labels = None
depends_on = None

_CHECKS = {
    "state": (
        "state IN ('submitted', 'identity_confirmed', 'key_presented', 'approved', 'issued',"
        " 'handed_over', 'closed', 'rejected', 'withdrawn', 'expired')"
    ),
    "open": "open = (state IN ('submitted', 'identity_confirmed', 'key_presented', 'approved'))",
    "live": "NOT live OR state IN ('issued', 'handed_over', 'closed')",
    "serial_when_issued": ("(state IN ('issued', 'handed_over', 'closed')) = (serial IS NOT NULL)"),
    "handed_over": "state <> 'handed_over' OR handed_over_at IS NOT NULL",
    "closed": "(state = 'closed') = (closed_at IS NOT NULL)",
}
_BEFORE = ("state", "open", "live", "serial_when_issued")


def upgrade() -> None:
    """Those that were issued before stay so: of their handing over nobody has kept anything."""
    if op.get_bind().dialect.name == "sqlite":
        _move()
        return
    for column in _new_columns():
        op.add_column("applications", column)
    for name in _BEFORE:
        op.drop_constraint(op.f(f"ck_applications_{name}"), "applications", type_="check")
    for name, rule in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_applications_{name}"), "applications", rule)


def _new_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("handed_over_at", UtcTime(), nullable=True),
        sa.Column("handed_over_by", String, nullable=True),
        sa.Column("recipient", String, nullable=True),
        sa.Column("medium", String, nullable=True),
        sa.Column("terms_version", String, nullable=True),
        sa.Column("with_copy", sa.Boolean(), nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("closing", String, nullable=True),
    ]


def _move() -> None:
    """SQLite changes no constraint of a table: another is made, and rows of five tables point to
    each of its rows. They are held to it again as the rows come back, not where they are away."""
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TABLE moved AS SELECT * FROM applications")
    op.drop_table("applications")
    kept = _columns()
    op.create_table(
        "applications",
        *kept,
        *_new_columns(),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_applications_{name}"))
            for name, rule in _CHECKS.items()
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR issue_request_id IS NOT NULL",
            name=op.f("ck_applications_intent"),
        ),
        sa.CheckConstraint("checked_by <> decided_by", name=op.f("ck_applications_two_officers")),
        sa.ForeignKeyConstraint(
            ["issuer_sha256"], ["issuers.sha256"], name=op.f("fk_applications_issuer_sha256")
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_applications")),
    )
    names = ", ".join(column.name for column in kept)
    op.execute(f"INSERT INTO applications ({names}) SELECT {names} FROM moved")  # noqa: S608
    op.drop_table("moved")
    _make_indexes()


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("application_id", String, nullable=False),
        sa.Column("municipality_code", String, nullable=False),
        sa.Column("window_id", String, nullable=False),
        sa.Column("person_reference", Bytes, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("submitted_by", String, nullable=False),
        sa.Column("submitted_at", UtcTime(), nullable=False),
        sa.Column("checked_by", String, nullable=True),
        sa.Column("key_fingerprint", Bytes, nullable=True),
        sa.Column("decided_by", String, nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("decision_method", String, nullable=True),
        sa.Column("decision_caller", String, nullable=True),
        sa.Column("decision_request_id", String, nullable=True),
        sa.Column("decision_digest", Bytes, nullable=True),
        sa.Column("issue_request_id", String, nullable=True),
        sa.Column("refusal", String, nullable=True),
        sa.Column("serial", Bytes, nullable=True),
        sa.Column("not_after", UtcTime(), nullable=True),
        sa.Column("issuer_sha256", Bytes, nullable=True),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.Column("end_reason", String, nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("ended_by", String, nullable=True),
    ]


def _make_indexes() -> None:
    """Those that went with the old table."""
    in_order = ["state", "submitted_at", "application_id"]
    of_some = {
        "uq_applications_open_person": (["person_reference"], "open"),
        "uq_applications_live_person": (["person_reference"], "live"),
        "uq_applications_serial": (["municipality_code", "serial"], "serial IS NOT NULL"),
        "ix_applications_undecided": (["submitted_at", "state"], "state = 'key_presented'"),
        "ix_applications_approved": (["decided_at"], "state = 'approved'"),
    }
    for name, (columns, which) in of_some.items():
        op.create_index(
            name,
            "applications",
            columns,
            unique=name.startswith("uq"),
            sqlite_where=sa.text(which),
        )
    op.create_index("ix_applications_queue", "applications", ["municipality_code", *in_order])
    op.create_index("ix_applications_window", "applications", ["window_id", *in_order])
    op.create_index("ix_applications_person", "applications", ["person_reference", *in_order])
