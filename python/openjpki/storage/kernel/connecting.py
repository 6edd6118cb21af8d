"""Connections to PostgreSQL: made, looked at before they are used, and why one was not made.

libpq says only in prose, and in the server's language, why a server let nobody in. The SQLSTATE
behind it is had by asking once more, with messages that are nothing but that.
"""

from __future__ import annotations

import ctypes
import re
import select
import sys
from contextlib import suppress
from functools import cached_property
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.errors import ConnectionTimeout, InFailedSqlTransaction, error_from_result
from psycopg.pq import (
    ConnStatus,
    DiagnosticField,
    ExecStatus,
    Format,
    PGconn,
    PollingStatus,
    TransactionStatus,
)

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.failures import NO_CONNECTION_LEFT, READ_ONLY_TRANSACTION
from openjpki.storage.kernel.stored_moments import moments
from openjpki.storage.kernel.written_out import WrittenOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from psycopg.pq import abc

_SQLSTATE_ALONE = 3
"""libpq's ``PQERRORS_SQLSTATE``: messages are severity and code."""
_STATE = re.compile(rb":  ([0-9A-Z]{5})$", re.MULTILINE)
_WRONG_PASSWORD = "28P01"  # noqa: S105 - a code
_ON = b"on"
_LOST = (None, b"FATAL", b"PANIC")
"""Severities of a session's end; None: what is said by libpq, which the server did not."""
_FORGETS = ("ALTER", "DROP", "ROLLBACK", "DISCARD ALL", "DEALLOCATE ALL")
"""How the server calls what the driver says ``DEALLOCATE ALL`` after, where it has prepared any: of
what was prepared something may be gone, or another thing now."""
_ASKING = 2.0
"""Seconds to find out why."""
_KNOWN_FOR = 0.5
"""Seconds for which a server's refusal stands for all who would ask."""


class NotLetInError(psycopg.OperationalError):
    """The server answered, and made no connection. Nothing of its message is kept."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.sqlstate = state
        self.let_in = False


class Session(psycopg.Connection[Any]):
    """A connection that keeps why its transaction failed, and commits none that did."""

    failed: str | None = None
    """The SQLSTATE of the transaction's first failure: of the later ones PostgreSQL says only that
    there was one."""
    _failing: psycopg.Error | None = None
    """What :meth:`fetch` and the like raised, until SQLAlchemy has been told."""

    def __init__(self, *arguments: Any, **parameters: Any) -> None:
        super().__init__(*arguments, **parameters)
        self.cursor_factory = _Cursor
        self.server_cursor_factory = _Portions

    @cached_property
    def _senders(self) -> set[int]:
        """Of whom :meth:`told` has not told yet."""
        return set()

    @cached_property
    def _written(self) -> WrittenOut:
        return WrittenOut(self, self._carried_out)

    def cursor(self, *arguments: Any, **parameters: Any) -> Any:
        """As the driver's; raises what :meth:`fetch` and the like have raised before, once."""
        if self._failing is not None:
            failing, self._failing = self._failing, None
            raise failing
        return super().cursor(*arguments, **parameters)

    def fetch(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """All rows of a statement, which SQLAlchemy is not asked to send; its parameters are ``$1``
        and so on. Where it fails, SQLAlchemy is to be told, by having it send the statement: see
        :attr:`failing`."""
        try:
            with self.lock:
                return self._written.fetch(statement, parameters)
        except psycopg.Error as error:
            self._failing = error
            raise

    def portions(
        self, statement: str, parameters: Sequence[Any], at_once: int
    ) -> Iterator[list[Any]]:
        """The first values of a statement's rows, so many rows at a time; sent as they are, not as
        text. Fails as :meth:`fetch` does."""
        try:
            with _NumberedPortions(self, "portions") as cursor:
                cursor.format = Format.BINARY
                cursor.execute(statement, parameters)
                while rows := cursor.fetchmany(at_once):
                    yield [row[0] for row in rows]
        except psycopg.Error as error:
            self._failing = error
            raise

    def carry_out(self, statement: str, within: float, *, unless: str | None = None) -> str | None:
        """A statement without parameters and result, outside transactions, given up with the
        connection where it takes more than so many seconds. ``unless``: a SQLSTATE that is returned
        where it fails with that one. Fails otherwise as :meth:`fetch` does."""
        try:
            with self.lock:
                self.pgconn.send_query(statement.encode())
                results = self._results(monotonic() + within)
            for result in results:
                if result.status == ExecStatus.FATAL_ERROR:
                    raise error_from_result(result)
        except psycopg.Error as error:
            if unless is not None and error.sqlstate == unless:
                return unless
            self._failing = error
            raise
        return None

    def _results(self, end: float) -> list[abc.PGresult]:
        """Of what was sent, which is so short that it went at once."""
        waiting = select.poll()
        waiting.register(self.pgconn.socket, select.POLLIN)
        results: list[abc.PGresult] = []
        while True:
            while self.pgconn.is_busy():
                if not waiting.poll(max(end - monotonic(), 0.0) * 1000):
                    self.close()
                    raise psycopg.OperationalError("no answer in time")
                self.pgconn.consume_input()
            self._note_senders()
            result = self.pgconn.get_result()
            if result is None:
                return results
            results.append(result)

    def _note_senders(self) -> None:
        while told := self.pgconn.notifies():
            self._senders.add(told.be_pid)

    @property
    def failing(self) -> bool:
        """Whether the next cursor that is asked for raises what went past SQLAlchemy."""
        return self._failing is not None

    def told(self) -> set[int]:
        """Processes of the server whose sessions have told on a channel that this one listens to,
        since this was asked before. Fails as :meth:`fetch` does."""
        try:
            with self.lock:
                self.pgconn.consume_input()
                self._note_senders()
        except psycopg.Error as error:
            self._failing = error
            raise
        told = self._senders.copy()
        self._senders.clear()
        return told

    def begin(self, statements: str) -> bool:
        """Carry out statements without parameters, sent as one, by which a transaction begins;
        whether the last one found a row."""
        with self.lock:
            # Not by the driver's cursor, which takes several times as long for it.
            result = self._carried_out(lambda: self.pgconn.exec_(statements.encode()))
        return result.status == ExecStatus.TUPLES_OK and result.ntuples > 0

    def _carried_out(self, send: Callable[[], abc.PGresult]) -> abc.PGresult:
        """What the server answers to what ``send`` has libpq carry out, which lets go of the
        interpreter once; the driver does so each time it sends, waits, reads and looks, and each
        time it may have to wait for its turn. Raises what the driver does."""
        try:
            result = send()
        except MemoryError:
            # libpq had nothing to say in: it was not connected any more.
            self.close()
            raise psycopg.OperationalError("the connection is lost") from None
        if result.status in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
            return result
        error = error_from_result(result)
        if result.error_field(DiagnosticField.SEVERITY_NONLOCALIZED) in _LOST:
            # libpq notices by itself only when it reads on.
            self.close()
            if error.sqlstate is None:
                error = psycopg.OperationalError(result.get_error_message())
        raise error

    @property
    def is_open(self) -> bool:
        """Whether there is a transaction to be ended, or it can't be told."""
        return bool(self.pgconn.transaction_status != TransactionStatus.IDLE)

    def note(self, error: BaseException) -> None:
        """That a statement of the transaction has failed."""
        if self.failed is None:
            self.failed = getattr(error, "sqlstate", None)

    def commit(self) -> None:
        """Raises ``InFailedSqlTransaction`` where a statement has failed: PostgreSQL rolls back
        then, and answers as if it had done what it was told."""
        status = self.pgconn.transaction_status
        if status == TransactionStatus.INERROR:
            raise InFailedSqlTransaction
        if status != TransactionStatus.IDLE:
            with self.lock:
                self._carried_out(lambda: self.pgconn.exec_(b"COMMIT"))

    def rollback(self) -> None:
        """What failed before is over."""
        was_open = self.is_open
        # SQLAlchemy asks for it each time that a connection was used, and the driver takes long to
        # find that there is nothing to do.
        if was_open:
            super().rollback()
        self.failed = self._failing = None
        if was_open:
            self.forget()

    def forget(self) -> None:
        """Have nothing prepared of what is written out: the driver has had the server forget all
        that was."""
        with self.lock:
            self._written.forget()

    def end(self) -> None:
        """Leave no transaction open, and none to be spoken of: whoever gets the connection next is
        not told what failed here, where SQLAlchemy was kept from hearing of it."""
        self._failing = None
        if self.failed is not None or self.is_open:
            self.rollback()


class _Cursor(psycopg.Cursor[Any]):
    """Of what SQLAlchemy sends. Where the driver has the server forget what it had prepared, the
    server forgets what is written out, too."""

    def execute(self, *arguments: Any, **parameters: Any) -> Self:
        """As the driver's."""
        super().execute(*arguments, **parameters)
        if isinstance(self.connection, Session) and (self.statusmessage or "").startswith(_FORGETS):
            self.connection.forget()
        return self


class _Portions(psycopg.ServerCursor[Any]):
    """Of rows that come in portions. To close it is a statement too, and who closes it, SQLAlchemy,
    goes on when that fails."""

    def close(self) -> None:
        """Once more does nothing."""
        try:
            super().close()
        except psycopg.Error as error:
            if isinstance(self.connection, Session):
                self.connection.note(error)
            raise


class _NumberedPortions(_Portions, psycopg.RawServerCursor[Any]):
    """Of a statement that is written out."""


class Connecting:
    """Makes one engine's connections."""

    def __init__(self, mark: str) -> None:
        """``mark``: a setting that each session is begun with, and nothing else has."""
        self._mark = mark
        self._lock = Lock()
        self._state: str | None = None
        self._asked_at = -1e9

    def connect(self, *arguments: Any, **parameters: Any) -> Session:
        """A connection as :func:`psycopg.connect` makes it.

        Raises :class:`NotLetInError` where the server says why not, ``psycopg.OperationalError``
        where it says nothing, ``SERVICE_UNAVAILABLE`` for a database or a pooler that can't be
        used.
        """
        if self._recent() == NO_CONNECTION_LEFT:
            # Whoever waits for one looks often; the server is asked by one of them at a time.
            raise NotLetInError(NO_CONNECTION_LEFT)
        try:
            connection = Session.connect(*arguments, **parameters)
        except ConnectionTimeout:
            raise
        except psycopg.OperationalError as error:
            state = error.sqlstate or self._why(parameters)
            if state is None:
                raise
            raise NotLetInError(state) from None
        try:
            _look_at(connection, self._mark)
        except BaseException:
            connection.close()
            raise
        return connection

    def _recent(self) -> str | None:
        return self._state if monotonic() - self._asked_at < _KNOWN_FOR else None

    def _why(self, parameters: Mapping[str, Any]) -> str | None:
        with self._lock:
            if monotonic() - self._asked_at >= _KNOWN_FOR:
                self._state = None
                with suppress(psycopg.Error):
                    self._state = _state_of_refusal(parameters)
                self._asked_at = monotonic()
            return self._state


def _look_at(connection: psycopg.Connection[Any], mark: str) -> None:
    """What can't be seen from the settings, before anything is done by it."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise _refuse(f"the database is in {encoding}: its encoding must be UTF8")
    # Transactions are begun by the dialect, not by the driver with its first statement.
    connection.autocommit = True
    moments(connection)
    # What is carried out by itself asks; a transaction that writes says so where it begins. Not
    # among the options: by them libpq would take the server for a standby.
    connection.execute("SET default_transaction_read_only = on")
    row = connection.execute("SELECT current_setting(%s, true)", (mark,)).fetchone()
    if row is None or row[0] != "on":
        raise _refuse(
            "a pooler before the database drops a session's settings: lead the URL past it"
        )


def _state_of_refusal(parameters: Mapping[str, Any]) -> str | None:
    """The SQLSTATE; None where nobody answers, or lets us in now."""
    # Any server: one that takes no writes is told from one that is away.
    # And without what is the driver's own among them.
    given = {name: value for name, value in parameters.items() if name != "context"}
    asked = make_conninfo(**{**given, "target_session_attrs": "any"})
    connection = PGconn.connect_start(asked.encode())
    try:
        _state_codes_only(connection)
        if _came_in(connection):
            read_only = ("in_hot_standby", "default_transaction_read_only")
            found = {connection.parameter_status(name.encode()) for name in read_only}
            return READ_ONLY_TRANSACTION if _ON in found else None
        if connection.needs_password:
            return _WRONG_PASSWORD
        states = _STATE.findall(connection.error_message)
        # Of several hosts the last one that was asked is the one that counted.
        return states[-1].decode() if states else None
    finally:
        connection.finish()


def _came_in(connection: abc.PGconn) -> bool:
    end = monotonic() + _ASKING
    while connection.status != ConnStatus.BAD and (left := end - monotonic()) > 0:
        polled = connection.connect_poll()
        if polled == PollingStatus.OK:
            return True
        if polled == PollingStatus.FAILED:
            return False
        # Unlike select(2), of whatever number: a service may have thousands of files open.
        waiting = select.poll()
        reading = polled == PollingStatus.READING
        waiting.register(connection.socket, select.POLLIN if reading else select.POLLOUT)
        waiting.poll(left * 1000)
    return False


def _state_codes_only(connection: Any) -> None:
    """Has no way through psycopg; its compiled module leads to the libpq that it is linked with."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(sys.modules[PGconn.__module__].__file__ or "")
        set_verbosity = library.PQsetErrorVerbosity
        set_verbosity.argtypes = [ctypes.c_void_p, ctypes.c_int]
        set_verbosity(connection.pgconn_ptr, _SQLSTATE_ALONE)


def _refuse(rule: str) -> OpenJpkiError:
    # Whoever starts the service reads it; whoever calls one that runs is not at fault.
    return OpenJpkiError(Reason.SERVICE_UNAVAILABLE, rule)
