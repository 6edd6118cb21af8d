"""A real PostgreSQL server for the tests, started once per run and shared by its workers.

Each test gets a database of its own. Works as root (the server then runs as ``nobody``) and as
anybody else. Every worker holds a shared lock; a watchdog waits for all of them to be gone, however
they ended, then stops the server and removes its files.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from openjpki.errors import OpenJpkiError
from openjpki_devkit.bench import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = (
    "listen_addresses=''",
    "fsync=off",
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=64MB",
    # It may be in memory.
    "max_wal_size=256MB",
    "log_min_messages=warning",
)
"""Durability is PostgreSQL's own business; what these tests kill is our program."""

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - who else is there is kept out of the folder

_WATCHDOG = """
import fcntl, os, shutil, subprocess, sys
lock, home, *stop = sys.argv[1:]
with open(lock, "a") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    subprocess.run(stop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.rmtree(home, ignore_errors=True)
    try:
        os.unlink(os.path.join(os.path.dirname(lock), "postgres.json"))
    except FileNotFoundError:
        pass
"""


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """The run's server."""
    # pytest-xdist gives each worker a folder in one that they share.
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with _locked(shared / "postgres.start", fcntl.LOCK_EX):
        users = (shared / "postgres.users").open("a")
        fcntl.flock(users, fcntl.LOCK_SH)
        record = shared / "postgres.json"
        if not record.exists():
            record.write_text(json.dumps({"socket": _start(shared)}))
        socket = json.loads(record.read_text())["socket"]
    yield PostgresServer(socket)
    users.close()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of a fresh, empty database; dropped after the test."""
    with postgres_server.fresh_database() as url:
        yield url


class PostgresServer:
    """A running server, reached by a Unix socket."""

    def __init__(self, socket_directory: str) -> None:
        self.socket_directory = socket_directory
        self._names = (f"t{os.getpid()}_{n}" for n in itertools.count())

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """URL of a new database that lives as long as the block."""
        name = next(self._names)
        with self._admin() as admin:
            admin.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"postgresql+psycopg://postgres@/{name}?host={self.socket_directory}"
        finally:
            with self._admin() as admin:
                admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _admin(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=self.socket_directory, user="postgres", dbname="postgres", autocommit=True
        )


def _memory() -> Path | None:
    """A folder in memory, if there is one with room from which programs may be run: the hundreds of
    files of each database are made and removed there in a fraction of the time."""
    try:
        there = os.statvfs(_SHARED_MEMORY)
    except OSError:
        return None
    roomy = there.f_bavail * there.f_frsize >= 2 << 30
    usable = roomy and not there.f_flag & os.ST_NOEXEC and os.access(_SHARED_MEMORY, os.W_OK)
    return _SHARED_MEMORY if usable else None


def _start(shared: Path) -> str:
    try:
        server = postgres.start(SETTINGS, within=_memory())
    except OpenJpkiError as error:
        pytest.fail(str(error))
    subprocess.Popen(
        [sys.executable, "-c", _WATCHDOG, shared / "postgres.users", server.home, *server.stop],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
    return str(server.home)


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, how)
        yield
