"""Tables of the resident register: a database of its own, apart from the applications."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, text

from openjpki.storage.kernel.columns import String
from openjpki.storage.kernel.tables import service_metadata

metadata = service_metadata()

residents = Table(
    "residents",
    metadata,
    Column("resident_id", String, nullable=False),
    Column("municipality_code", String, nullable=False),
    Column("name", String, nullable=False),
    Column("name_kana", String, nullable=False),
    Column("romanised_name", String, nullable=False),
    Column("birth_date", String, nullable=False),
    Column("sex", String, nullable=False),
    Column("address", String, nullable=False),
    # 通称; empty of who has none.
    Column("also_known_as", String, nullable=False, server_default=""),
    PrimaryKeyConstraint("resident_id"),
    # What the existence check looks candidates up by.
    Index("ix_residents_name", "municipality_code", "name"),
    Index("ix_residents_birth_date", "municipality_code", "birth_date"),
    Index("ix_residents_address", "municipality_code", "address"),
    Index(
        "ix_residents_also_known_as",
        "municipality_code",
        "also_known_as",
        sqlite_where=text("also_known_as <> ''"),
        postgresql_where=text("also_known_as <> ''"),
    ),
    comment="Residents as the register has them; texts in canonical form, one row a resident",
)
