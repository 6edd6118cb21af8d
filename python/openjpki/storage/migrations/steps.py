"""Alembic at work: from the schema that is there to the one that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic.autogenerate import compare_metadata
from alembic.command import upgrade
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util.exc import CommandError

from openjpki.errors import OpenJpkiError, Reason, kind_of
from openjpki.storage.kernel.unreadable import NOT_READ
from openjpki.storage.migrations import HERE, metadata_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData

    from openjpki.storage.kernel.database import Database


def run(connection: Connection, service: str, tables: MetaData, to: str) -> None:
    """Migrates in the connection's transaction. Raises ``INTERNAL`` for a revision that this
    program has not, ``STORED_UNREADABLE`` for a row that a revision has to read."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("version_locations", str(HERE / service))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = tables
    try:
        upgrade(config, to)
    except NOT_READ as error:
        if isinstance(error, OpenJpkiError):
            raise
        # Of which row, the revision does not say.
        raise OpenJpkiError(
            Reason.STORED_UNREADABLE,
            f"a row can't be read; the schema stays as it was ({kind_of(error)})",
            field=service,
        ) from error
    except CommandError as error:
        raise OpenJpkiError(
            Reason.INTERNAL, "there is no way from the schema to this revision", field=service
        ) from error


def differences(database: Database, service: str) -> list[object]:
    """What the migrated schema lacks of the service's tables or has beyond them; empty if equal."""
    with database.transaction() as tx:
        context = MigrationContext.configure(tx.connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata_of(service)))
