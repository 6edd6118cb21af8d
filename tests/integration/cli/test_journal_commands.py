"""The journal of a service is checked on its machine: whole, and after somebody changed it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.cli.exit_codes import ExitCode
from openjpki.config.clock import SystemClock
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel import segments
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.segments import SegmentRule
from openjpki_devkit.embedded.layout import SERVICES, Layout, Ports
from openjpki_devkit.embedded.peers import write_credentials
from openjpki_devkit.embedded.settings_files import write_settings
from tests.support.installation import answer, openjpki

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

VERIFY = ("journal", "verify", "resident-register", "--home")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An installation whose resident register was loaded twice; nothing runs."""
    layout = Layout(tmp_path / "home")
    write_credentials(layout, SystemClock(), [])
    write_settings(layout, {service: Ports.free() for service in SERVICES}, None)
    register = tmp_path / "register.csv"
    answer(
        openjpki("register", "generate", str(register), "--count", "9", "--municipality", "13101")
    )
    for _ in range(2):
        answer(openjpki("register", "load", str(register), "--home", str(layout.root)))
    return layout.root


def _register(home: Path) -> Path:
    return Layout(home).service(PeerRole.REGISTRATION) / "register.sqlite"


def _seal(home: Path) -> None:
    database = Database(f"sqlite:///{_register(home)}")
    try:
        now = SystemClock().now()
        segments.close_due(database, SegmentRule(timedelta(0), most_entries=1), now)
        segments.seal_closed(database, now)
    finally:
        database.close()


def _tamper(home: Path, statement: str) -> None:
    """What somebody can do who may do anything in the database."""
    with closing(sqlite3.connect(_register(home))) as connection, connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute(statement)


def _not_valid(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == ExitCode.NOT_VALID, done.stderr
    return json.loads(done.stdout)


def test_a_changed_entry_is_found_and_named(home: Path) -> None:
    (before,) = answer(openjpki(*VERIFY, str(home)))
    assert (before["entries"], before["sealed"], before["faults"]) == (2, 0, [])
    _seal(home)
    (sealed,) = answer(openjpki(*VERIFY, str(home)))
    assert (sealed["segments"], sealed["sealed"], sealed["faults"]) == (2, 1, [])
    assert len(bytes.fromhex(sealed["newest_digest"])) == 32
    _tamper(home, "UPDATE journal SET actor = 'nobody' WHERE number = 1")
    (found,) = _not_valid(openjpki(*VERIFY, str(home)))
    assert found["faults"] == ["segment 1: digest differs"]


def test_a_book_without_segments_still_shows(home: Path) -> None:
    _tamper(home, "DELETE FROM journal_segments")
    (found,) = _not_valid(openjpki(*VERIFY, str(home)))
    assert (found["segments"], found["faults"]) == (0, ["segment 0: entry beyond the segment"])
