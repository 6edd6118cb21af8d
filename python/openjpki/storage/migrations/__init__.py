"""Bringing a service's schema forward, by Alembic, under a lock.

Revisions live in a folder per service and only go forward. A database that a newer program has
migrated is refused by an older one rather than guessed at.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from alembic.autogenerate import compare_metadata
from alembic.command import upgrade as _alembic_upgrade
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util.exc import CommandError
from sqlalchemy import MetaData, text

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from openjpki.storage.database import Database

SERVICES = ("bridge", "ca", "ocsp", "registration", "resident_register")

_HERE = Path(__file__).parent
# Any fixed number; its own, so that no other program's advisory lock is met.
_LOCK = 0x4F4A_504B


def metadata_of(service: str) -> MetaData:
    """The tables a service's code expects: ``openjpki.storage.<service>.tables.metadata``."""
    if service not in SERVICES:
        raise OpenJpkiError(Reason.INVALID_FIELD, "is not a service with storage", field="service")
    metadata = import_module(f"openjpki.storage.{service}.tables").metadata
    if not isinstance(metadata, MetaData):
        raise OpenJpkiError(Reason.INTERNAL, "the service states no tables", field=service)
    return metadata


def upgrade(database: Database, service: str, *, to: str = "head") -> None:
    """Bring the schema to ``to``; several processes may do so at once, one does the work.

    Raises ``INTERNAL`` if the database was migrated by a newer program, ``SERVICE_UNAVAILABLE``.
    """

    def migrate(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            # Waiting for another process that migrates may take longer than for a row.
            connection.execute(text("SET LOCAL lock_timeout = '5min'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        try:
            _alembic_upgrade(_config(connection, service), to)
        except CommandError as error:
            raise OpenJpkiError(
                Reason.INTERNAL,
                "this program does not know the database's revision; use a newer one",
                field=service,
            ) from error

    # On SQLite the writing transaction itself is the lock: DDL is transactional there too.
    database.run(lambda tx: migrate(tx.connection))


def differences(database: Database, service: str) -> list[object]:
    """What the migrated schema lacks of the service's tables or has beyond them; empty if equal."""
    with database.transaction() as tx:
        context = MigrationContext.configure(tx.connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata_of(service)))


def _config(connection: Connection, service: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("version_locations", str(_HERE / service))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata_of(service)
    return config
