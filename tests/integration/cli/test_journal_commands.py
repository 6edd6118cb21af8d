"""The journal of a service is checked on its machine: whole, and after somebody changed it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.cli.exit_codes import ExitCode
from openjpki.config.clock import SystemClock
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel import segments
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.segments import SegmentRule
from openjpki_devkit.embedded.layout import SERVICES, Layout, Ports
from openjpki_devkit.embedded.peers import write_credentials
from openjpki_devkit.embedded.settings_files import write_settings
from tests.support.installation import answer, openjpki, refusal
from tests.support.waiting import wait_until

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


SPOILED = {
    "details": "UPDATE journal SET details = '{' WHERE number = 1",
    "details, no facts": "UPDATE journal SET details = '[]' WHERE number = 1",
    "details, of another type": "UPDATE journal SET details = x'00ff' WHERE number = 1",
    "at": "UPDATE journal SET at = 'never' WHERE number = 1",
    "act": "UPDATE journal SET act = x'00ff' WHERE number = 1",
}


@pytest.mark.parametrize("column", SPOILED)
@pytest.mark.parametrize("sealed", [True, False])
def test_an_entry_that_cannot_be_read_is_found_and_the_rest_is_exported(
    home: Path, column: str, sealed: bool
) -> None:
    if sealed:
        _seal(home)
    before = openjpki("journal", "export", "resident-register", "--home", str(home))
    assert before.returncode == ExitCode.OK
    whole = [json.loads(line) for line in before.stdout.splitlines()]
    assert [(one["number"], one["fault"]) for one in whole] == [("1", None), ("2", None)]
    assert whole[0]["act"] == "register.loaded"
    _tamper(home, SPOILED[column])
    (found,) = _not_valid(openjpki(*VERIFY, str(home)))
    # What was sealed differs; what was not can't be what a service wrote.
    assert found["faults"] == [
        "segment 1: digest differs" if sealed else "segment 1: entry that can't be read"
    ]
    done = openjpki("journal", "export", "resident-register", "--home", str(home))
    assert done.returncode == ExitCode.NOT_VALID, done.stderr
    spoiled, other = (json.loads(line) for line in done.stdout.splitlines())
    assert spoiled["fault"]
    assert other == whole[1]


def test_a_class_that_is_none_is_found(home: Path) -> None:
    _tamper(home, "UPDATE journal SET retention = 'for ever' WHERE number = 1")
    found = {one["retention"]: one["faults"] for one in _not_valid(openjpki(*VERIFY, str(home)))}
    assert found.pop("for ever") == ["segment 0: entries of no class"]
    assert list(found.values()) == [["segment 1: entry missing"]]


def test_a_book_without_segments_still_shows(home: Path) -> None:
    _tamper(home, "DELETE FROM journal_segments")
    (found,) = _not_valid(openjpki(*VERIFY, str(home)))
    assert (found["segments"], found["faults"]) == (0, ["segment 0: entry beyond the segment"])


def test_the_day_is_said_by_whoever_knows_it(home: Path) -> None:
    """Disposing goes by it: another day than the clocks' is refused, and the journal says who."""
    confirm = ("journal", "confirm-time", "resident-register")
    # A day that does not end meanwhile.
    wait_until(lambda: SystemClock().now().time() < time(23, 59))
    today = SystemClock().now().date()
    told = refusal(openjpki(*confirm, str(today - timedelta(days=2)), "--home", str(home)))
    assert (told["error"], told["field"]) == ("INVALID_FIELD", "today")
    moved = answer(openjpki(*confirm, str(today), "--home", str(home)))
    assert moved["reached"].startswith(str(today))
    database = Database(f"sqlite:///{_register(home)}")
    try:
        with database.reading() as tx:
            (entry,) = SqlJournal().read_all(tx, "journal")
    finally:
        database.close()
    assert (entry.act, entry.details["reached"]) == ("journal.time_confirmed", moved["reached"])
    assert entry.actor.startswith("console")
