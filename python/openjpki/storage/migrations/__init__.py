"""Bringing a service's schema forward, under a lock, when it is behind.

Revisions live in a folder per service and only go forward. A database that a newer program has
migrated is refused by an older one rather than guessed at.

A schema that is at the newest revision already, as at nearly every start, is left alone without
Alembic: importing it takes a seventh of a service's start.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import MetaData, inspect, text

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from openjpki.storage.kernel.database import Database

SERVICES = ("bridge", "ca", "ocsp", "registration", "resident_register")

HERE = Path(__file__).parent
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


def newest_revision(service: str) -> str:
    """The revision of the service's last file: ``ca_0001`` of ``ca/v0001_begin.py``."""
    return max(_known_revisions(service))


def _known_revisions(service: str) -> set[str]:
    stems = (file.stem for file in (HERE / service).glob("v[0-9]*.py"))
    return {f"{service}_{stem[1:].partition('_')[0]}" for stem in stems}


def upgrade(database: Database, service: str, *, to: str = "head") -> None:
    """Bring the schema to ``to``; several processes may do so at once, one does the work.

    Raises ``SCHEMA_NEWER`` if the database was migrated by a newer program, ``SCHEMA_BEHIND`` if
    the role may not change one that is behind, ``SERVICE_UNAVAILABLE``.
    """
    tables = metadata_of(service)
    wanted = newest_revision(service) if to == "head" else to

    def migrate(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            # Waiting for another process that migrates may take longer than for a row.
            connection.execute(text("SET LOCAL lock_timeout = '5min'"))
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '5min'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        found = _revisions_of(connection)
        if found != [wanted]:
            _require_known(found, service)
            _require_owner(connection, service)
            # Only now: it brings Alembic with it.
            from openjpki.storage.migrations import steps  # noqa: PLC0415

            steps.run(connection, service, tables, wanted)

    # On SQLite the writing transaction itself is the lock: DDL is transactional there too.
    database.run(lambda tx: migrate(tx.connection))


def _revisions_of(connection: Connection) -> list[str]:
    """What the schema says of itself; none before its first revision."""
    if not inspect(connection).has_table("alembic_version"):
        return []
    return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def _require_known(found: list[str], service: str) -> None:
    """Refuse by name, whoever asks, what a newer program has brought forward."""
    if not _known_revisions(service).issuperset(found):
        raise OpenJpkiError(
            Reason.SCHEMA_NEWER,
            "this program does not know the database's revision; use a newer one",
            field=service,
        )


def _require_owner(connection: Connection, service: str) -> None:
    """Refuse by name what would fail at the first statement."""
    if connection.dialect.name != "postgresql":
        return
    may = connection.execute(text("SELECT has_schema_privilege(current_schema(), 'CREATE')"))
    if not may.scalar():
        raise OpenJpkiError(
            Reason.SCHEMA_BEHIND,
            "the schema is behind this program and its role may not change it: "
            f"openjpki database forward {service}",
            field=service,
        )
