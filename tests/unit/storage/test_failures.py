"""What the log says of a statement that failed."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, Table, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError

from openjpki.storage.kernel.failures import failure_of

_KEPT = Table("kept", MetaData(), Column("number", Integer, primary_key=True))


def test_parts_of_a_statement_are_no_tables() -> None:
    part = _KEPT.insert().values(number=1).returning(_KEPT.c.number).cte("part")
    text = str(select(part.c.number).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    assert "FROM part" in text
    assert failure_of(OperationalError(text, {}, Exception())).tables == ("kept",)
