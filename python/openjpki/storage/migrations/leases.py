"""The tables of leases, and a row for each authority that there is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, String, UtcTime


def create_lease_tables(*, authorities: str) -> None:
    """Nobody has any lease yet. ``authorities``: a query for the ids of the service's own."""
    op.create_table(
        "leases",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("token", BigNumber, nullable=False),
        sa.Column("owner", String, nullable=True),
        sa.Column("address", String, nullable=True),
        sa.Column("expires_at", UtcTime, nullable=True),
        sa.PrimaryKeyConstraint("authority_id", name="pk_leases"),
        sa.CheckConstraint("token >= 0", name=op.f("ck_leases_token")),
        sa.CheckConstraint("(owner IS NULL) = (address IS NULL)", name=op.f("ck_leases_address")),
        sa.CheckConstraint(
            "(owner IS NULL) = (expires_at IS NULL)", name=op.f("ck_leases_expires")
        ),
        comment="Which instance works for an authority; token rises each time the lease is taken",
    )
    op.create_table(
        "instances",
        sa.Column("name", String, nullable=False),
        sa.Column("address", String, nullable=False),
        sa.Column("alive_until", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_instances"),
        comment="Instances of the service, among which the authorities are shared",
    )
    op.execute(
        f"INSERT INTO leases (authority_id, token) SELECT authority_id, 0 FROM ({authorities}) a"  # noqa: S608
    )
