"""The pool keeps the lists that newer ones superseded, and says from which on numbers count anew.

Lists are kept by their SHA-256; which is the newest of an issuer and scope stands in a table of its
own.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from openjpki.domain.retention import RetentionClass
from openjpki.signer_core import MalformedError, PathRevocationList
from openjpki.storage.kernel.columns import BigNumber, Bytes, String, UtcTime

revision = "bridge_0013"
down_revision = "bridge_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and move the newest lists."""
    op.execute("CREATE TABLE moved AS SELECT * FROM pool_lists")
    op.drop_table("pool_lists")
    kept, newest = _create_lists()
    _create_numberings()
    _create_uploads()
    op.create_index(
        op.f("ix_authority_lists_generation_this_update"),
        "authority_lists",
        ["generation", "this_update"],
    )
    _move(kept, newest)
    op.drop_table("moved")


def _create_lists() -> tuple[sa.Table, sa.Table]:
    kept = op.create_table(
        "kept_lists",
        sa.Column("sha256", Bytes, nullable=False),
        sa.Column("issuer", Bytes, nullable=False),
        sa.Column("scope", Bytes, nullable=False),
        sa.Column("number", Bytes, nullable=False),
        sa.Column("this_update", UtcTime, nullable=False),
        sa.Column("next_update", UtcTime, nullable=False),
        sa.Column("retained_from", UtcTime, nullable=False),
        sa.Column("partner_id", String, nullable=True),
        sa.Column("octets", BigNumber, nullable=False),
        sa.Column("list", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_kept_lists")),
        comment="Lists of others, superseded ones too; issuer: SHA-256 of name and key;"
        " scope: SHA-256; retained_from: when its retention period begins",
    )
    for columns in (["issuer", "scope", "this_update"], ["partner_id"], ["retained_from"]):
        indexed = [*columns, "octets"] if columns == ["partner_id"] else columns
        op.create_index(op.f(f"ix_kept_lists_{'_'.join(columns)}"), "kept_lists", indexed)
    newest = op.create_table(
        "pool_lists",
        sa.Column("issuer", Bytes, nullable=False),
        sa.Column("scope", Bytes, nullable=False),
        sa.Column("sha256", Bytes, nullable=True),
        sa.PrimaryKeyConstraint("issuer", "scope", name=op.f("pk_pool_lists")),
        sa.ForeignKeyConstraint(
            ["sha256"], ["kept_lists.sha256"], name=op.f("fk_pool_lists_sha256")
        ),
        comment="Which list is the newest of each issuer and scope; none where it was taken out",
    )
    op.create_index(op.f("ix_pool_lists_sha256"), "pool_lists", ["sha256"])
    return kept, newest


def _create_numberings() -> None:
    op.create_table(
        "accepted_numberings",
        sa.Column("sha256", Bytes, nullable=False),
        sa.Column("partner_id", String, nullable=False),
        sa.Column("replaced", Bytes, nullable=True),
        sa.Column("actor", String, nullable=False),
        sa.Column("request_id", String, nullable=False),
        sa.Column("accepted_at", UtcTime, nullable=False),
        sa.Column("key_sha256", Bytes, nullable=False),
        sa.Column("signed_at", UtcTime, nullable=False),
        sa.Column("signature", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_accepted_numberings")),
        sa.ForeignKeyConstraint(
            ["partner_id"],
            ["partners.partner_id"],
            name=op.f("fk_accepted_numberings_partner_id"),
        ),
        comment="Lists from which on an issuer's numbers count anew, accepted by an officer;"
        " replaced: the list with the higher number",
    )


def _create_uploads() -> None:
    op.create_table(
        "list_uploads",
        sa.Column("partner_id", String, nullable=False),
        sa.Column("sha256", Bytes, nullable=False),
        sa.Column("octets", BigNumber, nullable=False),
        sa.Column("begun_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "sha256", name=op.f("pk_list_uploads")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.partner_id"], name=op.f("fk_list_uploads_partner_id")
        ),
        comment="Lists that partners are handing in by parts; octets: how many the whole list has",
    )
    op.create_table(
        "list_upload_parts",
        sa.Column("partner_id", String, nullable=False),
        sa.Column("sha256", Bytes, nullable=False),
        sa.Column("begins", BigNumber, nullable=False),
        sa.Column("part", Bytes, nullable=False),
        sa.PrimaryKeyConstraint(
            "partner_id", "sha256", "begins", name=op.f("pk_list_upload_parts")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "sha256"],
            ["list_uploads.partner_id", "list_uploads.sha256"],
            name=op.f("fk_list_upload_parts_partner_id_sha256"),
        ),
        comment="Parts of a list that is being handed in; begins: which octet is the first",
    )


def _move(kept: sa.Table, newest: sa.Table) -> None:
    moved = sa.table(
        "moved",
        sa.column("issuer", Bytes),
        sa.column("scope", Bytes),
        sa.column("next_update", UtcTime),
        sa.column("list", Bytes),
    )
    connection = op.get_bind()
    seen: set[bytes] = set()
    for row in connection.execute(sa.select(moved)).all():
        der = bytes(row.list)
        sha256 = hashlib.sha256(der).digest()
        # Each row goes on to say which is the newest: without it, one with a lower number is taken.
        if sha256 not in seen:
            seen.add(sha256)
            number, this_update = _said(der)
            connection.execute(
                kept.insert().values(
                    sha256=sha256,
                    issuer=row.issuer,
                    scope=row.scope,
                    number=number,
                    this_update=this_update,
                    next_update=row.next_update,
                    # When the signer's certificate ends was not kept.
                    retained_from=RetentionClass.AUTHORITY_KEYS.begins(row.next_update, None),
                    partner_id=None,
                    octets=len(der),
                    list=der,
                )
            )
        connection.execute(
            newest.insert().values(issuer=row.issuer, scope=row.scope, sha256=sha256)
        )


def _said(der: bytes) -> tuple[bytes, datetime]:
    """Its number and thisUpdate."""
    try:
        read = PathRevocationList.read(der)
    except MalformedError:
        # It is left out whatever its time is, told of until it is taken out, and holds nothing up.
        return bytes(20), datetime(1970, 1, 1, tzinfo=UTC)
    return (read.number or 0).to_bytes(20, "big"), datetime.fromtimestamp(read.this_update, UTC)
