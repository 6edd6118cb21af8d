"""A channel of PostgreSQL's: processes over one database tell each other that something is new.

It is a hint and no more. What is told while nobody listens is told to nobody; so whoever listens
looks by itself as well, now and then, and when it begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from openjpki.storage.kernel.connecting import Session


class Channel:
    """Listened to on a connection that has no transaction. Every method raises what the database
    raises: see :meth:`openjpki.storage.kernel.database.Database.channel`."""

    def __init__(self, connection: Connection, name: str) -> None:
        """Begin to listen. ``name``: this program's, of letters and underscores."""
        self._connection = connection
        self._name = name
        connection.exec_driver_sql(f"LISTEN {name}")
        self._session = cast("Session", connection.connection.dbapi_connection)

    def fileno(self) -> int:
        """For a selector: there is something to read once somebody has told, or when the connection
        was lost."""
        return self._session.fileno()

    def tell(self) -> None:
        """Tell all others who listen.

        It is a transaction of its own that writes no row, so it waits for no disk: those that tell
        wait for one another (PostgreSQL keeps all that is told in one order), and whoever told in
        the transaction that it tells of would have the others wait for its commit.
        """
        self._connection.exec_driver_sql(f"NOTIFY {self._name}")

    def heard(self) -> bool:
        """Whether another session has told since this was asked before; does not wait."""
        try:
            senders = self._session.told()
        except Exception:
            if self._session.failing:
                # Raises it as SQLAlchemy does, which looks whether the connection is lost.
                self._connection.exec_driver_sql("SELECT 1")
            raise
        return bool(senders - {self._session.info.backend_pid})
