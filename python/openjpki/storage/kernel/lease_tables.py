"""Tables of leases, for the services that have authorities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Column, PrimaryKeyConstraint, Table

from openjpki.storage.kernel.columns import (
    AuthorityIdColumn,
    BigNumber,
    String,
    UtcTime,
    new_metadata,
)

if TYPE_CHECKING:
    from sqlalchemy import MetaData

_LEASES = new_metadata()

leases = Table(
    "leases",
    _LEASES,
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("token", BigNumber, nullable=False),
    Column("owner", String, nullable=True),
    Column("address", String, nullable=True),
    Column("expires_at", UtcTime, nullable=True),
    PrimaryKeyConstraint("authority_id"),
    CheckConstraint("token >= 0", name="token"),
    CheckConstraint("(owner IS NULL) = (address IS NULL)", name="address"),
    CheckConstraint("(owner IS NULL) = (expires_at IS NULL)", name="expires"),
    comment="Which instance works for an authority; token rises each time the lease is taken",
)

instances = Table(
    "instances",
    _LEASES,
    Column("name", String, nullable=False),
    Column("address", String, nullable=False),
    Column("alive_until", UtcTime, nullable=False),
    PrimaryKeyConstraint("name"),
    comment="Instances of the service, among which the authorities are shared",
)


def with_leases(metadata: MetaData) -> MetaData:
    """A service's metadata, with these tables added."""
    for table in _LEASES.sorted_tables:
        table.to_metadata(metadata)
    return metadata
