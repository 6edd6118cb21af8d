"""A PostgreSQL server that answers and makes no connection: the log says why, by its code. What an
instance holds already goes on being used."""

from __future__ import annotations

import os
import resource
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import text

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel import engine as kernel_engine
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from openjpki_devkit.bench import postgres
from tests.support.captured_logs import refused_and_logged
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.storage.kernel.transaction import Transaction

SECRET = "hunter2"  # noqa: S105
CONNECTIONS, KEPT, OURS = 12, 2, 3
OF_ALL = CONNECTIONS - KEPT
"""Places for roles without privileges."""
LET_IN = "local all postgres trust\n"
_OF_SELECT = 1024
"""Descriptors that select(2) can wait for."""
_ASKS_FOR_TLS = (80877103).to_bytes(4)


class Server:
    """A server with few connections, asked by its superuser and by a service's role."""

    def __init__(self, server: postgres.Server) -> None:
        self.server = server
        self.admin("CREATE ROLE ca LOGIN PASSWORD 'hunter2'")
        self.admin("CREATE ROLE stranger LOGIN")
        self.admin("GRANT CREATE ON SCHEMA public TO ca")
        self.hba("local all all trust\n")

    def admin(self, statement: str) -> None:
        with psycopg.connect(
            host=str(self.server.home), user="postgres", dbname="postgres", autocommit=True
        ) as admin:
            admin.execute(statement)

    def hba(self, lines: str) -> None:
        (self.server.home / "data" / "pg_hba.conf").write_text(LET_IN + lines)
        self.admin("SELECT pg_reload_conf()")

    def url(self, database: str = "postgres", user: str = f"ca:{SECRET}") -> str:
        return f"postgresql+psycopg://{user}@/{database}?host={self.server.home}"

    def end_all(self) -> None:
        """The service's own."""
        self.admin(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'ca'"
        )

    @contextmanager
    def taken_by_strangers(self, *, but: int = 0) -> Iterator[None]:
        """Every connection that a role without privileges may have, ``but`` so many that are the
        service's and stay so."""
        with ExitStack() as stack:
            # A connection that was closed has its place until the server's process has ended.
            for _ in range(OF_ALL - but):
                wait_until(lambda: self._let_in(stack))
            assert self._stranger() is None
            yield

    def _let_in(self, stack: ExitStack) -> bool:
        one = self._stranger()
        if one is not None:
            stack.enter_context(one)
        return one is not None

    def _stranger(self) -> psycopg.Connection[tuple[object, ...]] | None:
        try:
            return psycopg.connect(host=str(self.server.home), user="stranger", dbname="postgres")
        except psycopg.OperationalError:
            return None


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    settings = (
        "listen_addresses=''",
        "fsync=off",
        f"max_connections={CONNECTIONS}",
        f"superuser_reserved_connections={KEPT}",
    )
    with postgres.running(settings) as running:
        yield Server(running)


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    with opened(server) as database:
        yield database
    server.hba("local all all trust\n")


@contextmanager
def opened(server: Server, *, patience: float = 10.0) -> Iterator[Database]:
    database = Database(server.url(), DatabaseOptions(pool_size=8, pool_timeout=patience))
    database.check()
    try:
        yield database
    finally:
        database.close()


def hold(database: Database, how_many: int) -> None:
    """So many connections wait in the pool."""
    together = Barrier(how_many)

    def call(_: int) -> None:
        with database.reading() as tx:
            tx.connection.execute(text("SELECT 1"))
            together.wait(30)

    with ThreadPoolExecutor(how_many) as callers:
        list(callers.map(call, range(how_many)))


def work(tx: Transaction) -> None:
    tx.connection.execute(text("CREATE TEMPORARY TABLE t (n INTEGER) ON COMMIT DROP"))
    tx.connection.execute(text("SELECT pg_sleep(0.02)"))


def refused(call: Callable[[], object]) -> tuple[OpenJpkiError, str]:
    """The refusal, and what the log has of it."""
    refusal, log = refused_and_logged(call)
    assert SECRET not in f"{log}{refusal}"
    return refusal, log


def test_strangers_with_every_connection_cost_an_instance_nothing_that_it_holds(
    server: Server, database: Database
) -> None:
    """Three connections, and more callers than these: each waits for its turn."""
    hold(database, OURS)
    with server.taken_by_strangers(but=OURS), ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda _: database.run(work), range(40)))


def test_a_caller_that_waited_in_vain_is_told_why_and_the_next_is_served(server: Server) -> None:
    with opened(server, patience=0.3) as database:
        server.end_all()
        with server.taken_by_strangers():
            refusal, log = refused(lambda: database.run(work))
        assert refusal.reason is Reason.SERVICE_UNAVAILABLE
        assert refusal.message == "the database has no connection left; try again"
        assert "crowded (53300)" in log
        wait_until(lambda: served(database))


def served(database: Database) -> bool:
    try:
        database.run(work)
    except OpenJpkiError:
        return False
    return True


def served_anew(server: Server) -> bool:
    """By a connection made now."""
    database = Database(server.url())
    try:
        return served(database)
    finally:
        database.close()


def test_a_connection_is_replaced_before_it_ends(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As often as they are used here; and it stays where there is no other."""
    monkeypatch.setattr(kernel_engine, "_RENEWED_AFTER", 0.0)
    with opened(server) as database:
        first, second = process(database), process(database)
        assert first != second
        with server.taken_by_strangers(but=1):
            assert [process(database) for _ in range(5)] == [process(database)] * 5


def process(database: Database) -> int:
    pid = text("SELECT pg_backend_pid()")
    found: int = database.ask(lambda tx: tx.connection.execute(pid).scalar_one())
    return found


@pytest.mark.parametrize(
    ("lines", "code"),
    [("local all all scram-sha-256\n", "28P01"), ("local all all reject\n", "28000")],
    ids=["password", "hba"],
)
def test_whom_the_server_does_not_know(
    server: Server, database: Database, lines: str, code: str
) -> None:
    server.admin("ALTER ROLE ca PASSWORD 'changed'")
    server.hba(lines)
    wait_until(lambda: not served_anew(server))
    server.end_all()
    refusal, log = refused(database.check)
    assert refusal.reason is Reason.SERVICE_UNAVAILABLE
    assert refusal.message == "the database does not let this service in"
    assert f"shut_out ({code})" in log
    server.hba("local all all trust\n")
    wait_until(lambda: served(database))


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("ALTER ROLE ca NOLOGIN", "ALTER ROLE ca LOGIN", "28000"),
        ("ALTER DATABASE other ALLOW_CONNECTIONS false", "SELECT 1", "55000"),
        ("REVOKE ALL ON DATABASE other FROM PUBLIC", "SELECT 1", "42501"),
        ("SELECT 1", "SELECT 1", "3D000"),
    ],
    ids=["role", "database", "grant", "name"],
)
def test_what_an_administrator_took_away(
    server: Server, before: str, after: str, code: str
) -> None:
    if code != "3D000":
        server.admin("CREATE DATABASE other")
    server.admin(before)
    try:
        refusal, log = refused(Database(server.url("other")).check)
        assert refusal.reason is Reason.SERVICE_UNAVAILABLE
        assert f"shut_out ({code})" in log
    finally:
        server.admin(after)
        server.admin("DROP DATABASE IF EXISTS other")


def test_a_role_with_fewer_connections_than_callers(server: Server) -> None:
    server.end_all()
    server.admin("ALTER ROLE ca CONNECTION LIMIT 2")
    try:
        with opened(server) as database, ThreadPoolExecutor(8) as callers:
            list(callers.map(lambda _: database.run(work), range(24)))
    finally:
        server.admin("ALTER ROLE ca CONNECTION LIMIT -1")


def test_a_database_in_another_encoding_is_refused_by_name(server: Server) -> None:
    server.admin(
        "CREATE DATABASE other ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    )
    try:
        refusal, _ = refused(Database(server.url("other")).check)
        assert refusal.reason is Reason.SERVICE_UNAVAILABLE
        assert refusal.message == ("the database is in EUC_JP: its encoding must be UTF8")
    finally:
        server.admin("DROP DATABASE other WITH (FORCE)")


def test_a_role_that_may_only_read_is_told_from_a_server_that_is_away(server: Server) -> None:
    server.admin("ALTER ROLE ca SET default_transaction_read_only = on")
    try:
        refusal, log = refused(Database(server.url()).check)
        assert refusal.message == "the database takes no writes"
        assert "read_only (25006)" in log
    finally:
        server.admin("ALTER ROLE ca RESET default_transaction_read_only")


def test_why_nobody_is_let_in_is_found_out_with_thousands_of_files_open(server: Server) -> None:
    """As of a service with as many callers."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    server.admin("ALTER ROLE ca SET default_transaction_read_only = on")
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, limits[1]), limits[1]))
        with ExitStack() as stack:
            while stack.enter_context(open(os.devnull, "rb")).fileno() < _OF_SELECT:  # noqa: PTH123
                pass
            refusal, _ = refused(Database(server.url()).check)
        assert refusal.message == "the database takes no writes"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        server.admin("ALTER ROLE ca RESET default_transaction_read_only")


def test_what_a_role_is_set_to_changes_nothing_that_is_kept(server: Server) -> None:
    """Characters that the role's encoding does not have, and times as others write them."""
    odd = {
        "client_encoding": "'SJIS'",
        "timezone": "'America/New_York'",
        "datestyle": "'German, DMY'",
        "standard_conforming_strings": "off",
        "bytea_output": "'escape'",
        "default_transaction_isolation": "'serializable'",
    }
    for name, value in odd.items():
        server.admin(f"ALTER ROLE ca SET {name} = {value}")
    try:
        with opened(server) as database, database.transaction() as tx:
            rare, at = "𠮷\U000e0100 髙\\'", datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
            asked = text(
                "SELECT CAST(:rare AS TEXT), CAST(:at AS TIMESTAMPTZ), CAST(:raw AS BYTEA)"
            )
            given = {"rare": rare, "at": at, "raw": b"\x00\\\xff"}
            found = tx.connection.execute(asked, given).one()
            assert (found[0], found[1], bytes(found[2])) == (rare, at, given["raw"])
            assert found[1].utcoffset() == timedelta(0)
            written = tx.connection.execute(text("SELECT '\\n', now()::text")).one()
            assert written[0] == "\\n"
            assert written[1].endswith("+00")
    finally:
        server.admin("ALTER ROLE ca RESET ALL")


def test_a_pooler_that_refuses_settings_is_told_from_a_server_that_is_away(server: Server) -> None:
    """As PgBouncer answers: a violation of the protocol."""
    with closing(socket.create_server(("127.0.0.1", 0))) as pooler:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    near, _ = pooler.accept()
                    with near:
                        octets = near.recv(1000)
                        if octets[4:8] == _ASKS_FOR_TLS:
                            near.sendall(b"N")
                            near.recv(1000)
                        fields = b"SFATAL\0C08P01\0Munsupported startup parameter: options\0\0"
                        near.sendall(b"E" + (len(fields) + 4).to_bytes(4) + fields)

        Thread(target=answer, daemon=True).start()
        url = f"postgresql+psycopg://ca@127.0.0.1:{pooler.getsockname()[1]}/ca"
        refusal, log = refused(Database(url).check)
        pooler.shutdown(socket.SHUT_RDWR)
    assert refusal.message == "the database does not let this service in"
    assert "shut_out (08P01)" in log
