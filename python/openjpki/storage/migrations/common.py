"""What the first revision of every service does: the common tables and the journal's guard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, Bytes, String, UtcTime

_POSTGRESQL_GUARD = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def create_common_tables() -> None:
    """Journal, its heads and the answered requests, as they are at the first revision.

    Written out, not taken from today's metadata: a revision never changes once released.
    """
    op.create_table(
        "journal_heads",
        sa.Column("stream", String, nullable=False),
        sa.Column("number", BigNumber, nullable=False),
        sa.PrimaryKeyConstraint("stream", name="pk_journal_heads"),
        comment="Newest number of each stream; the row that writers of one stream queue for",
    )
    op.create_table(
        "journal",
        sa.Column("stream", String, nullable=False),
        sa.Column("number", BigNumber, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("act", String, nullable=False),
        sa.Column("actor", String, nullable=False),
        sa.Column("subject", String, nullable=False),
        sa.Column("details", String, nullable=False),
        sa.PrimaryKeyConstraint("stream", "number", name="pk_journal"),
        sa.CheckConstraint("number > 0", name=op.f("ck_journal_number_positive")),
        comment="Every act, append-only: triggers refuse UPDATE, DELETE and TRUNCATE",
    )
    op.create_table(
        "requests",
        sa.Column("method", String, nullable=False),
        sa.Column("caller", String, nullable=False),
        sa.Column("request_id", String, nullable=False),
        sa.Column("digest", Bytes, nullable=False),
        sa.Column("response", Bytes, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("method", "caller", "request_id", name="pk_requests"),
        comment="Answers already given, so that a retry gets the same one",
    )
    op.create_index("ix_requests_at", "requests", ["at"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRESQL_GUARD)
    make_append_only("journal")


def make_append_only(table: str) -> None:
    """Let the database refuse to change or remove rows of a table."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_not_truncated BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
