"""A channel of PostgreSQL's: processes over one database tell each other that something is new.

It is a hint and no more. What is told while nobody listens is told to nobody; so whoever listens
looks by itself as well, now and then, and when it begins.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar, cast

from sqlalchemy.exc import SQLAlchemyError

from openjpki.storage.kernel.failures import LOCK_TIMEOUT, failure_of, refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from openjpki.storage.kernel.connecting import Session

T = TypeVar("T")

ANSWERS_WITHIN = 4.0
"""Seconds for a statement, after which the connection is given up: a server that was stopped in the
middle is noticed by nothing else. More than a lock is waited for."""


class Channel:
    """Listened to on a connection that has no transaction and is none of the pool's.

    Whatever fails raises ``SERVICE_UNAVAILABLE`` or ``INTERNAL``. It is not counted among what
    fails of the database: nobody who called was refused anything.
    """

    def __init__(self, connect: Callable[[], Connection], name: str) -> None:
        """Begin to listen. ``name``: this program's, of letters and underscores."""
        self._name = name
        self._connection = _done(connect)
        self._session = cast("Session", self._connection.connection.dbapi_connection)
        try:
            self._by_session(lambda: self._session.carry_out(f"LISTEN {name}", ANSWERS_WITHIN))
        except BaseException:
            self.close()
            raise

    def fileno(self) -> int:
        """For a selector: there is something to read once somebody has told, or when the connection
        was lost."""
        return self._session.fileno()

    def tell(self) -> bool:
        """Tell all others who listen; whether they were told: another program's transaction in the
        same cluster of databases, that has told and is not over, may be in the way.

        It is a transaction of its own that writes no row, so it waits for no disk: those that tell
        wait for one another (PostgreSQL keeps all that is told in one order), and whoever told in
        the transaction that it tells of would have the others wait for its commit.
        """
        notify = f"NOTIFY {self._name}"
        state = self._by_session(
            lambda: self._session.carry_out(notify, ANSWERS_WITHIN, unless=LOCK_TIMEOUT)
        )
        return state is None

    def heard(self) -> bool:
        """Whether another session has told since this was asked before; does not wait."""
        senders = self._by_session(self._session.told)
        return bool(senders - {self._session.info.backend_pid})

    def close(self) -> None:
        """End the connection."""
        with suppress(SQLAlchemyError):
            self._connection.close()

    def _by_session(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except Exception:
            if self._session.failing:
                # Raises it as SQLAlchemy does, which looks whether the connection is lost.
                _done(lambda: self._connection.exec_driver_sql("SELECT 1"))
            raise


def _done(work: Callable[[], T]) -> T:
    try:
        return work()
    except SQLAlchemyError as error:
        # from None: a driver's message may quote what is not for logs.
        raise refusal_of(failure_of(error)) from None
