"""What officers signed for one act is kept in one row, and nothing twice."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import cbor2
import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import Bytes, String

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "ca_0018"
down_revision = "ca_0017"
branch_labels = None
depends_on = None

_AT_ONCE = 1000
"""Rows read at a time: what officers signed in ten years is more than memory holds."""
_OF_ENDS = {"openjpki.revocation-asked.1", "openjpki.cross-revocation-approved.1"}
"""Kinds of statements that a revocation rests on; on all others an issuance does."""
_MOVED = sa.table(
    "moved",
    sa.column("authority_id", String),
    sa.column("serial", Bytes),
    sa.column("kind", String),
    sa.column("officer", String),
    sa.column("statement", Bytes),
    sa.column("signature", Bytes),
)
_EVIDENCE = sa.table(
    "evidence",
    sa.column("authority_id", String),
    sa.column("serial", Bytes),
    sa.column("act", String),
    sa.column("signed", Bytes),
)
_Row = sa.Row[tuple[str, bytes, str, str, bytes, bytes]]


def upgrade() -> None:
    """Make the table anew, and put together what was signed for each act."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.rename_table("evidence", "moved")
    if postgresql:
        # Names of indexes are a schema's, those of SQLite's are a table's.
        op.execute("ALTER INDEX pk_evidence RENAME TO pk_moved")
    op.create_table(
        "evidence",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("serial", Bytes, nullable=False),
        sa.Column("act", String, nullable=False),
        sa.Column("signed", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("authority_id", "serial", "act", name="pk_evidence"),
        sa.ForeignKeyConstraint(
            ["authority_id", "serial"],
            ["serials.authority_id", "serials.serial"],
            name=op.f("fk_evidence_authority_id_serial"),
        ),
        sa.CheckConstraint("act IN ('issuance', 'revocation')", name=op.f("ck_evidence_act")),
        comment="What officers signed that a certificate, or its revocation, rests on (L1)",
    )
    if postgresql:
        # Signatures can't be compressed. Where a row is a little longer than usual, for officers
        # whose keys are RSA, it stays whole all the same.
        op.execute("ALTER TABLE evidence SET (toast_tuple_target = 8160)")
    for rows in _pages():
        op.bulk_insert(_EVIDENCE, list(_acts(rows)))
    op.drop_table("moved")


def _acts(rows: list[_Row]) -> Iterator[dict[str, object]]:
    def act_of(row: _Row) -> tuple[str, bytes, str]:
        act = "revocation" if row.kind in _OF_ENDS else "issuance"
        return row.authority_id, bytes(row.serial), act

    for (authority_id, serial, act), signed in groupby(sorted(rows, key=act_of), act_of):
        together = [[bytes(one.statement), bytes(one.signature)] for one in signed]
        yield {
            "authority_id": authority_id,
            "serial": serial,
            "act": act,
            "signed": cbor2.dumps(together),
        }


def _pages() -> Iterator[list[_Row]]:
    """Rows in the order of certificates, never some of a certificate's without the others."""
    by = (_MOVED.c.authority_id, _MOVED.c.serial)
    wanted = sa.select(_MOVED).order_by(*by, _MOVED.c.kind, _MOVED.c.officer).limit(_AT_ONCE)
    rows = list(op.get_bind().execute(wanted))
    while rows:
        last = rows[-1].authority_id, rows[-1].serial
        if len(rows) == _AT_ONCE:
            rows = [one for one in rows if (one.authority_id, one.serial) != last]
            last = rows[-1].authority_id, rows[-1].serial
            yield rows
        else:
            yield rows
        rows = list(op.get_bind().execute(wanted.where(sa.tuple_(*by) > sa.tuple_(*last))))
