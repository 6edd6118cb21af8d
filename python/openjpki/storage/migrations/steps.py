"""Alembic at work: from the schema that is there to the one that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic.autogenerate import compare_metadata
from alembic.command import upgrade
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util.exc import CommandError

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.migrations import HERE, metadata_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData

    from openjpki.storage.kernel.database import Database


def run(connection: Connection, service: str, tables: MetaData, to: str) -> None:
    """Migrates in the connection's transaction. Raises ``INTERNAL`` for a schema that this
    program does not know."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("version_locations", str(HERE / service))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = tables
    try:
        upgrade(config, to)
    except CommandError as error:
        raise OpenJpkiError(
            Reason.INTERNAL,
            "this program does not know the database's revision; use a newer one",
            field=service,
        ) from error


def differences(database: Database, service: str) -> list[object]:
    """What the migrated schema lacks of the service's tables or has beyond them; empty if equal."""
    with database.transaction() as tx:
        context = MigrationContext.configure(tx.connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata_of(service)))
