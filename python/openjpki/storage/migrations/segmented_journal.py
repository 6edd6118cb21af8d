"""From one run of entries for each stream to segments for each stream and retention class.

Every service takes this step once, with its own table of acts and classes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, Bytes, String, UtcTime

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_KEPT = "authority_keys"
_LONGEST_VALIDITY = timedelta(days=3654)
"""Ten years and a day: no certificate outlives what speaks of it by more."""

# What may become of a row of journal_segments: entries are added while it is open, then it is
# closed, sealed and disposed of, and what was said of it before stays.
_MAY_BECOME = """
  NEW.stream = OLD.stream AND NEW.retention = OLD.retention AND NEW.segment = OLD.segment
  AND NEW.first_entry = OLD.first_entry AND NEW.opened_at = OLD.opened_at
  AND (
    (OLD.state = 'open' AND NEW.state = 'open' AND NEW.last_entry = OLD.last_entry + 1
      AND NEW.counts_from >= OLD.counts_from)
    OR (
      NEW.last_entry = OLD.last_entry AND NEW.counts_from = OLD.counts_from
      AND (
        (OLD.state = 'open' AND NEW.state = 'closed')
        OR (OLD.state = 'closed' AND NEW.state = 'sealed')
        OR (OLD.state = 'sealed' AND NEW.state = 'disposed'
          AND NEW.digest = OLD.digest AND NEW.sealed_at = OLD.sealed_at)
      )
    )
  )
"""
_DISPOSED = """
  EXISTS (
    SELECT 1 FROM journal_segments s
    WHERE s.stream = OLD.stream AND s.retention = OLD.retention AND s.segment = OLD.segment
      AND s.state = 'disposed'
  )
"""
_POSTGRESQL_GUARDS = (
    f"""
CREATE FUNCTION refuse_kept_entry() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
  IF {_DISPOSED} THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'journal is append-only' USING ERRCODE = 'restrict_violation';
END $$
""",
    "CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal"
    " FOR EACH ROW EXECUTE FUNCTION refuse_kept_entry()",
    "CREATE TRIGGER journal_not_truncated BEFORE TRUNCATE ON journal"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER journal_segments_go_on BEFORE UPDATE ON journal_segments"
    f" FOR EACH ROW WHEN (NOT ({_MAY_BECOME})) EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER journal_segments_no_delete BEFORE DELETE ON journal_segments"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER journal_segments_not_truncated BEFORE TRUNCATE ON journal_segments"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)
_SQLITE_GUARDS = (
    "CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal"
    " BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END",
    f"CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal WHEN NOT {_DISPOSED}"
    " BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END",
    "CREATE TRIGGER journal_segments_go_on BEFORE UPDATE ON journal_segments"
    f" WHEN NOT ({_MAY_BECOME})"
    " BEGIN SELECT RAISE(ABORT, 'a segment only goes on to its next state'); END",
    "CREATE TRIGGER journal_segments_no_delete BEFORE DELETE ON journal_segments"
    " BEGIN SELECT RAISE(ABORT, 'journal_segments is append-only'); END",
)


def segment_journal(
    classes: Mapping[str, str], *, elsewhere: Mapping[str, tuple[str, str]] | None = None
) -> None:
    """Put every entry into the first segment, still open, of its stream and class.

    ``classes``: by name of act. ``elsewhere``: acts whose entries are of another class where a
    condition in SQL over the row ``j`` holds: ``(class, condition)``. An act that is not named, of
    which there should be none, goes to the class that is kept longest. Entries are numbered anew
    within their class, in the order they had.
    """
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.rename_table("journal", "journal_before")
    if postgresql:
        op.execute("ALTER INDEX pk_journal RENAME TO pk_journal_before")
    _create_tables()
    of_class = _class_of(classes, elsewhere or {})
    op.execute(
        "CREATE TEMPORARY TABLE journal_classes AS"  # noqa: S608
        f" SELECT j.stream AS stream, j.number AS number, {of_class} AS retention"
        " FROM journal_before j"
    )
    _open_segments()
    op.execute(
        "INSERT INTO journal"
        " (stream, retention, segment, number, at, act, actor, subject, details)"
        " SELECT j.stream, c.retention, 1,"
        " row_number() OVER (PARTITION BY j.stream, c.retention ORDER BY j.number),"
        " j.at, j.act, j.actor, j.subject, j.details"
        " FROM journal_before j"
        " JOIN journal_classes c ON c.stream = j.stream AND c.number = j.number"
    )
    op.execute("DROP TABLE journal_classes")
    op.drop_table("journal_before")
    op.drop_table("journal_heads")
    for statement in _POSTGRESQL_GUARDS if postgresql else _SQLITE_GUARDS:
        op.execute(statement)


def _class_of(classes: Mapping[str, str], elsewhere: Mapping[str, tuple[str, str]]) -> str:
    """The class of a row ``j``, as an expression in SQL; all words in it are ours."""
    cases = [
        f"WHEN j.act = '{act}' AND {condition} THEN '{name}'"
        for act, (name, condition) in elsewhere.items()
    ]
    cases += [f"WHEN j.act = '{act}' THEN '{name}'" for act, name in classes.items()]
    return f"CASE {' '.join(cases)} ELSE '{_LONGEST_KEPT}' END"


def _open_segments() -> None:
    """A row for every stream and class there is. What its certificates' ends are is not looked up:
    none is later than ten years after the last act."""
    connection = op.get_bind()
    before = sa.table(
        "journal_before", sa.column("stream"), sa.column("number"), sa.column("at", UtcTime())
    )
    classes = sa.table(
        "journal_classes", sa.column("stream"), sa.column("number"), sa.column("retention")
    )
    groups = connection.execute(
        sa.select(
            classes.c.stream,
            classes.c.retention,
            sa.func.count().label("entries"),
            sa.func.min(before.c.at, type_=UtcTime()).label("first"),
            sa.func.max(before.c.at, type_=UtcTime()).label("last"),
        )
        .join_from(
            classes,
            before,
            (before.c.stream == classes.c.stream) & (before.c.number == classes.c.number),
        )
        .group_by(classes.c.stream, classes.c.retention)
    ).all()
    segments = sa.table(
        "journal_segments",
        *(sa.column(name) for name in ("stream", "retention", "segment", "state")),
        *(sa.column(name) for name in ("first_entry", "last_entry")),
        *(sa.column(name, UtcTime()) for name in ("opened_at", "counts_from")),
    )
    for group in groups:
        connection.execute(
            segments.insert().values(
                stream=group.stream,
                retention=group.retention,
                segment=1,
                state="open",
                first_entry=1,
                last_entry=group.entries,
                opened_at=group.first,
                counts_from=_counts_from(group.retention, group.last),
            )
        )


def _counts_from(retention: str, last: datetime) -> datetime:
    if retention in ("administration", "operations"):
        return last
    return last.astimezone(UTC) + _LONGEST_VALIDITY


def _create_tables() -> None:
    op.create_table(
        "journal_segments",
        sa.Column("stream", String, nullable=False),
        sa.Column("retention", String, nullable=False),
        sa.Column("segment", BigNumber, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("first_entry", BigNumber, nullable=False),
        sa.Column("last_entry", BigNumber, nullable=False),
        sa.Column("opened_at", UtcTime, nullable=False),
        sa.Column("counts_from", UtcTime, nullable=False),
        sa.Column("digest", Bytes, nullable=True),
        sa.Column("sealed_at", UtcTime, nullable=True),
        sa.Column("disposed_at", UtcTime, nullable=True),
        sa.PrimaryKeyConstraint("stream", "retention", "segment", name="pk_journal_segments"),
        sa.CheckConstraint(
            "state IN ('open', 'closed', 'sealed', 'disposed')",
            name=op.f("ck_journal_segments_state"),
        ),
        sa.CheckConstraint(
            "retention IN ('administration', 'authority_keys', 'user_certificates', 'operations')",
            name=op.f("ck_journal_segments_retention"),
        ),
        sa.CheckConstraint(
            "first_entry > 0 AND last_entry >= first_entry - 1",
            name=op.f("ck_journal_segments_range"),
        ),
        sa.CheckConstraint(
            "(state IN ('sealed', 'disposed')) = (digest IS NOT NULL)",
            name=op.f("ck_journal_segments_digest"),
        ),
        sa.CheckConstraint(
            "(digest IS NULL) = (sealed_at IS NULL)", name=op.f("ck_journal_segments_sealed")
        ),
        sa.CheckConstraint(
            "(state = 'disposed') = (disposed_at IS NOT NULL)",
            name=op.f("ck_journal_segments_disposed"),
        ),
        comment="Runs of entries of one stream and retention class; last_entry rises while open,"
        " counts_from is the latest moment from which the period of one of its entries counts",
    )
    for name, columns, state in (
        ("uq_journal_segments_open", ["stream", "retention"], "open"),
        ("ix_journal_segments_sealed", ["retention", "counts_from"], "sealed"),
        ("ix_journal_segments_closed", ["opened_at"], "closed"),
    ):
        op.create_index(
            name,
            "journal_segments",
            columns,
            unique=state == "open",
            sqlite_where=sa.text(f"state = '{state}'"),
            postgresql_where=sa.text(f"state = '{state}'"),
        )
    op.create_table(
        "journal",
        sa.Column("stream", String, nullable=False),
        sa.Column("retention", String, nullable=False),
        sa.Column("segment", BigNumber, nullable=False),
        sa.Column("number", BigNumber, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("act", String, nullable=False),
        sa.Column("actor", String, nullable=False),
        sa.Column("subject", String, nullable=False),
        sa.Column("details", String, nullable=False),
        sa.PrimaryKeyConstraint("stream", "retention", "number", name="pk_journal"),
        sa.ForeignKeyConstraint(
            ["stream", "retention", "segment"],
            ["journal_segments.stream", "journal_segments.retention", "journal_segments.segment"],
            name=op.f("fk_journal_stream_retention_segment"),
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_journal_number_positive")),
        comment="Every act: triggers refuse UPDATE, TRUNCATE, and DELETE outside disposed segments",
    )
