"""A service's database: SQLite for one process, PostgreSQL for production, chosen by URL.

Writing transactions are short and explicit::

    with database.transaction() as tx:          # one attempt
        repository.add(tx, thing)

    answer = database.run(lambda tx: work(tx))  # again when another transaction was in the way

On SQLite every writing transaction begins with ``BEGIN IMMEDIATE``, one at a time, so nothing can
change between its reads and its writes. On PostgreSQL it is ``READ COMMITTED`` and repositories
lock the rows they decide by.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, TypeVar

import tenacity
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from openjpki.storage.kernel.beginning import Beginning, Mode, begin
from openjpki.storage.kernel.begun import is_begun
from openjpki.storage.kernel.channel import Channel
from openjpki.storage.kernel.engine import DatabaseOptions, make_channels, make_engine
from openjpki.storage.kernel.failures import (
    Cause,
    StorageConflictError,
    StorageLockedError,
    StorageReplacedError,
    failure_of,
    is_crowded,
    refusal_of,
)
from openjpki.storage.kernel.one_connection import OneConnection
from openjpki.storage.kernel.same_files import only_reads, require_same_files
from openjpki.storage.kernel.transaction import Reading, Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from openjpki.errors import OpenJpkiError
    from openjpki.storage.kernel.beginning import Turn

T = TypeVar("T")

_READING, _ASKING = Beginning(Mode.READS), Beginning(Mode.ASKS)
_ATTEMPTS = 10
_LOST_CONNECTIONS = 3
"""Taken from the pool one after the other before the database counts as away."""
_LOOKS_AGAIN = 0.02
"""Seconds between looks for a connection while the server has none left."""
_OWN_WRITER = "another thread writes"


class Database:
    """Connections to one service's schema. Safe for use by many threads."""

    def __init__(self, url: str, options: DatabaseOptions | None = None) -> None:
        """Open by URL: ``sqlite:////absolute/file`` or ``postgresql://user@host/name``.

        Nothing is contacted yet. Raises ``INVALID_FIELD`` (field ``database_url``).
        """
        self._options = options or DatabaseOptions()
        self._engine = make_engine(url, self._options)
        self.dialect: str = self._engine.dialect.name
        self._channels = make_channels(url, self._options) if self.has_channels else self._engine
        self.file = Path(self._engine.url.database or "") if self.dialect == "sqlite" else None
        """Where a SQLite database is."""
        self._lock_timeout = self._options.lock_timeout
        # SQLite has one writer; threads queue here, in order, instead of polling for its lock.
        self._writer = threading.Lock() if self.dialect == "sqlite" else None
        self._told: Callable[[Cause], object] = _nobody
        self._one = OneConnection()

    @property
    def not_begun(self) -> Path | None:
        """The file of a SQLite database that is not there yet, or in which nothing was made."""
        if self.file is None or "uri" in self._engine.url.query:
            return None
        return None if is_begun(self.file) else self.file

    def __repr__(self) -> str:
        return f"Database({self._engine.url.render_as_string(hide_password=True)})"

    def tell_failures(self, to: Callable[[Cause], object]) -> None:
        """Have ``to`` be told the cause of each failure from now on. Of a transaction that is done
        again, as another one was in its way, it is told too."""
        self._told = to

    def failed(self, cause: Cause) -> None:
        """Tell of a failure."""
        self._told(cause)

    @property
    def connections(self) -> int:
        """How many of its pool are in use now."""
        pool = self._engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    @property
    def most_connections(self) -> int:
        """How many there may be; whoever needs one more waits."""
        return self._options.pool_size

    @contextmanager
    def transaction(
        self, opening: str | None = None, *, turn: Turn | None = None
    ) -> Iterator[Transaction]:
        """One attempt at a writing transaction: commits at the end, rolls back on any exception.

        ``opening``: a query that PostgreSQL is sent together with the beginning, which saves the
        way there and back; ``tx.found`` has its result. ``turn``: waited for before it.

        Raises ``CONFLICTING_CHANGE`` when another transaction was in the way or somebody holds a
        lock for too long, ``SERVICE_UNAVAILABLE`` when the database can't be reached or has no
        room, ``INTERNAL`` otherwise.
        """
        with self._writing(), self._begun(Beginning(Mode.WRITES, opening, turn)) as connection:
            tx = Transaction(connection, opening, turn)
            yield tx
        tx.committed()

    def with_one_connection(self) -> AbstractContextManager[None]:
        """Has this thread use one connection of the pool for all that it does here within, one
        transaction after the other, and hold it in between: not for what waits for others."""
        return self._one.for_all()

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """A reading transaction: one consistent view for as long as it is open; can't write."""
        with self._begun(_READING) as connection:
            yield Reading(connection)

    def ask(self, question: Callable[[Reading], T]) -> T:
        """The answer to one statement, which sees one moment by itself.

        ``question`` makes one statement and no more: another one may see another moment. It is
        asked again where the connection was lost. Raises ``SERVICE_UNAVAILABLE``, ``INTERNAL``, and
        what ``question`` raises.
        """
        for _ in range(_LOST_CONNECTIONS):
            try:
                with self._given_back(self._connect()) as connection:
                    begin(connection, _ASKING)
                    return question(Reading(connection))
            except SQLAlchemyError as error:
                # from None: as in a transaction.
                refusal = self._refusal(error)
                if not (isinstance(error, DBAPIError) and error.connection_invalidated):
                    raise refusal from None
        raise refusal

    def run(
        self,
        work: Callable[[Transaction], T],
        *,
        opening: str | None = None,
        turn: Turn | None = None,
    ) -> T:
        """Do ``work`` in a writing transaction, again from the start after a conflict.

        ``work`` must leave nothing behind outside the transaction (use ``tx.after_commit``).
        ``opening``, ``turn``: see :meth:`transaction`. Raises what ``work`` raises, and what
        :meth:`transaction` raises.
        """
        began = monotonic()
        try:
            # Nearly always the only attempt; to prepare for more takes longer than to send
            # a statement.
            return self._attempt(work, opening, turn)
        except (StorageConflictError, StorageLockedError) as error:
            failed = [error]

        def attempt() -> T:
            if failed:
                raise failed.pop()
            return self._attempt(work, opening, turn)

        # Not each attempt may wait for the same lock until it is told that it can't have it.
        left = self._lock_timeout - (monotonic() - began)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((StorageConflictError, StorageLockedError)),
            stop=tenacity.stop_after_attempt(_ATTEMPTS) | tenacity.stop_after_delay(left),
            wait=tenacity.wait_random_exponential(multiplier=0.005, max=0.5),
            reraise=True,
        )
        return retrying(attempt)

    def _attempt(
        self, work: Callable[[Transaction], T], opening: str | None, turn: Turn | None
    ) -> T:
        with self.transaction(opening, turn=turn) as tx:
            return work(tx)

    @property
    def has_channels(self) -> bool:
        """Whether there are any: on SQLite, which one process serves, nobody else would listen."""
        return self.dialect == "postgresql"

    def channel(self, name: str) -> Channel:
        """A channel on which processes over this database tell each other that something is new.

        It has a connection beside those of the pool until it is closed. Raises as
        :class:`Channel` does.
        """
        return Channel(self._connect_channel, name)

    def _connect_channel(self) -> Connection:
        connection = self._channels.connect()
        begin(connection, _ASKING)
        return connection

    def check(self) -> None:
        """Reach the database. Raises ``SERVICE_UNAVAILABLE``."""
        with self.reading() as tx:
            tx.connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every idle connection."""
        self._engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self._writer is None:
            yield
            return
        if not self._writer.acquire(timeout=self._lock_timeout):
            self.failed(Cause.LOCKED)
            raise StorageLockedError(_OWN_WRITER)
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def _begun(self, beginning: Beginning) -> Iterator[Connection]:
        """A connection in a transaction that is committed at the end."""
        try:
            with self._given_back(self._begin(beginning)) as connection:
                yield connection
                connection.commit()
                self._require_same_files(connection)
        except SQLAlchemyError as error:
            # from None: a driver's message quotes row values, which may be personal data.
            raise self._refusal(error) from None

    def _refusal(self, error: SQLAlchemyError) -> OpenJpkiError:
        failure = failure_of(error)
        if failure.cause is Cause.AWAY and self.file is not None and only_reads(self.file):
            # What else it needs to open can't be made.
            failure = replace(failure, cause=Cause.READ_ONLY)
        self.failed(failure.cause)
        return refusal_of(failure)

    def _require_same_files(self, connection: Connection) -> None:
        try:
            require_same_files(connection)
        except StorageReplacedError:
            self.failed(Cause.REPLACED)
            raise

    def _begin(self, beginning: Beginning) -> Connection:
        """A connection of the pool whose transaction has begun.

        One that was lost while it waited in the pool shows here, before anything is done in it, so
        another can be taken: the first failure drops all that were made before it.
        """
        for _ in range(_LOST_CONNECTIONS):
            connection = self._connect()
            try:
                begin(connection, beginning)
            except DBAPIError as error:
                connection.close()
                if not error.connection_invalidated:
                    raise
                lost = error
            except BaseException:
                connection.close()
                raise
            else:
                return connection
        raise lost

    def _connect(self) -> Connection:
        """The one that this thread's piece of work has. Or one of the pool: another, or where the
        server has none left, one of those that this process holds, once a call gives it back."""
        kept = self._one.take()
        if kept is not None:
            return kept
        end = monotonic() + self._options.pool_timeout
        while True:
            try:
                return self._engine.connect()
            except StorageReplacedError:
                self.failed(Cause.REPLACED)
                raise
            except DBAPIError as error:
                if not is_crowded(error) or monotonic() >= end:
                    raise
            sleep(_LOOKS_AGAIN)

    @contextmanager
    def _given_back(self, connection: Connection) -> Iterator[Connection]:
        """At the end. Where something failed, it is that which is told, and not that its
        transaction could not be ended either: the pool drops such a connection."""
        try:
            yield connection
        except BaseException:
            with suppress(SQLAlchemyError):
                connection.close()
            raise
        self._one.give_back(connection)


def _nobody(_: Cause) -> None:
    """Nobody is told."""
