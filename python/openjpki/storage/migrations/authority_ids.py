"""From ids that were a prefecture's number, ``13``, to ids that name the kind too: ``signing-13``.

Every authority of a prefecture certified signature keys until then. What the journal says stays
as it was written: no row of it changes, and the stream of the number ends where that of the id
begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def name_the_kind(columns: Mapping[str, str], constraints: Iterable[tuple[str, str]]) -> None:
    """Rewrite these columns, by table. ``constraints``: the foreign keys over them, each with its
    table; they are checked at the end, not at each table."""
    foreign_keys = list(constraints)
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        for table, name in foreign_keys:
            op.execute(f"ALTER TABLE {table} ALTER CONSTRAINT {name} DEFERRABLE")
        op.execute("SET CONSTRAINTS ALL DEFERRED")
    else:
        op.execute("PRAGMA defer_foreign_keys = ON")
    for table, column in columns.items():
        numbers = f"length({column}) = 2 AND {column} BETWEEN '01' AND '47'"
        op.execute(f"UPDATE {table} SET {column} = 'signing-' || {column} WHERE {numbers}")  # noqa: S608
    if postgresql:
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, name in foreign_keys:
            op.execute(f"ALTER TABLE {table} ALTER CONSTRAINT {name} NOT DEFERRABLE")
