"""Leases as both kinds of database keep them; what SQLite has instead of rows: a file's lock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.choose_leases import leases_of
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade
from tests.support.lease_samples import LONG, ONE, OSAKA, OTHER, TOKYO, state, taken, written

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.storage.kernel.leases import Leases


@pytest.fixture
def database(empty_database: Database) -> Database:
    return empty_database


def test_the_holder_writes(leases: Leases, database: Database) -> None:
    lease = taken(leases, database, ONE)
    assert lease.token == 1
    assert written(leases, database, ONE, lease)


def test_every_authority_is_seen_in_a_survey(leases: Leases) -> None:
    survey = leases.renew(ONE, [], LONG)
    assert [each.authority_id for each in survey.states] == [TOKYO, OSAKA]
    assert survey.instances == (ONE,)


def test_renewing_keeps_the_token(leases: Leases, database: Database) -> None:
    lease = taken(leases, database, ONE)
    survey = leases.renew(ONE, [lease], LONG)
    assert survey.renewed == {lease}
    assert state(leases, database).token == lease.token


def test_a_console_makes_the_row_of_a_new_authority(leases: Leases, database: Database) -> None:
    kyoto = AuthorityId.signing("26")
    with database.reading() as tx:
        assert leases.state_of(tx, kyoto) is None
    for _ in range(2):
        with database.transaction() as tx:
            leases.exclude(tx, kyoto)
    assert state(leases, database, kyoto).token == 0


def test_an_act_at_the_console_leaves_the_lease_where_it_is(
    leases: Leases, database: Database
) -> None:
    lease = taken(leases, database, ONE)
    with database.transaction() as tx:
        leases.exclude(tx, TOKYO)
    assert written(leases, database, ONE, lease)


def test_no_token_comes_again_after_a_backup_was_brought_back(
    leases: Leases, database: Database
) -> None:
    lease = taken(leases, database, ONE)
    with database.transaction() as tx:
        leases.exclude(tx, TOKYO)
        leases.outdate(tx, TOKYO)
    assert state(leases, database).holder is None
    assert taken(leases, database, ONE).token > lease.token + 1_000_000


def test_a_second_process_on_sqlite_is_refused_by_name(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ca.db'}"
    database = Database(url)
    upgrade(database, "ca")
    first = leases_of(database)
    first.begin(ONE.name)
    second = leases_of(Database(url))
    with pytest.raises(OpenJpkiError) as refused:
        second.begin(OTHER.name)
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE
    assert refused.value.field == "database.url"
    assert f"instance ca-0 (process {os.getpid()})" in refused.value.message
    first.close()
    second.begin(OTHER.name)
    second.close()


def test_a_killed_process_lets_go_of_a_sqlite_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ca.db'}"
    program = f"""
import sys
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.choose_leases import leases_of
leases_of(Database({url!r})).begin("ca-0")
print("begun", flush=True)
sys.stdin.readline()
"""
    # The object is not kept, so its file descriptor must be what keeps the lock.
    holder = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "begun\n"
    second = leases_of(Database(url))
    os.kill(holder.pid, signal.SIGSTOP)
    with pytest.raises(OpenJpkiError) as refused:
        second.begin(OTHER.name)
    assert f"process {holder.pid}" in refused.value.message
    holder.kill()
    holder.communicate()
    second.begin(OTHER.name)
    second.close()


def test_a_lock_file_that_was_replaced_holds_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'ca.db'}")
    upgrade(database, "ca")
    leases = leases_of(database)
    with database.transaction() as tx:
        leases.exclude(tx, TOKYO)
    leases.begin(ONE.name)
    lease = taken(leases, database, ONE)
    assert leases.renew(ONE, [lease], LONG).renewed == {lease}
    assert written(leases, database, ONE, lease)
    (tmp_path / "ca.db.lease").unlink()
    # At once: whoever makes the file anew may begin before the next renewal.
    assert not written(leases, database, ONE, lease)
    assert leases.renew(ONE, [lease], LONG).renewed == frozenset()
    assert leases.take(ONE, state(leases, database), LONG) is None
    leases.close()
    assert not written(leases, database, ONE, lease)
