"""Leases that instances share on PostgreSQL: expiry, takeover, and the fence that both meet."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.domain.lease import Instance, Lease
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from tests.support.lease_samples import (
    KYOTO,
    LONG,
    ONE,
    OSAKA,
    OTHER,
    OVER,
    TOKYO,
    state,
    taken,
    written,
)
from tests.support.room import assert_room

if TYPE_CHECKING:
    from openjpki.storage.kernel.leases import Leases
    from openjpki.storage.kernel.transaction import Transaction


pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def database(empty_database: Database) -> Database:
    return empty_database


def test_a_lease_that_is_held_is_not_taken(leases: Leases, database: Database) -> None:
    taken(leases, database, ONE)
    seen = state(leases, database)
    assert seen.holder == ONE
    assert leases.take(OTHER, seen, LONG) is None


def test_a_lease_whose_time_is_over_is_taken_and_the_old_token_writes_nothing(
    leases: Leases, database: Database
) -> None:
    old = taken(leases, database, ONE, OVER)
    assert state(leases, database).holder is None
    new = taken(leases, database, OTHER)
    assert new.token == old.token + 1
    assert not written(leases, database, ONE, old)
    assert leases.renew(ONE, [old], LONG).renewed == frozenset()
    assert written(leases, database, OTHER, new)


def test_a_lease_whose_time_is_over_writes_nothing_though_nobody_took_it(
    leases: Leases, database: Database
) -> None:
    lease = taken(leases, database, ONE, OVER)
    assert not written(leases, database, ONE, lease)
    # Nobody had it in between: it is the same lease.
    assert leases.renew(ONE, [lease], LONG).renewed == {lease}
    assert written(leases, database, ONE, lease)


def test_the_refusal_names_the_new_owner(leases: Leases, database: Database) -> None:
    old = taken(leases, database, ONE, OVER)
    taken(leases, database, OTHER)
    with pytest.raises(OpenJpkiError) as refused, database.transaction() as tx:
        leases.require(tx, ONE, old)
    assert refused.value.metadata["owner"] == OTHER.name
    assert refused.value.metadata["owner_address"] == OTHER.address


def test_a_token_is_of_one_instance_alone(leases: Leases, database: Database) -> None:
    lease = taken(leases, database, ONE)
    assert not written(leases, database, OTHER, lease)


def test_what_is_given_up_can_be_taken_at_once(leases: Leases, database: Database) -> None:
    lease = taken(leases, database, ONE)
    assert leases.give_up(ONE, lease)
    assert not written(leases, database, ONE, lease)
    assert leases.renew(ONE, [lease], LONG).renewed == frozenset()
    assert taken(leases, database, OTHER).token == lease.token + 1
    # It is another's by now: nothing is taken from them.
    assert leases.give_up(ONE, lease)
    assert state(leases, database).holder == OTHER


def test_what_was_outdated_writes_no_more(leases: Leases, database: Database) -> None:
    lease = taken(leases, database, ONE)
    with database.transaction() as tx:
        leases.outdate(tx, TOKYO)
    assert not written(leases, database, ONE, lease)
    assert leases.renew(ONE, [lease], LONG).renewed == frozenset()


def test_instances_see_each_other_until_they_leave(leases: Leases) -> None:
    leases.renew(OTHER, [], LONG)
    assert leases.renew(ONE, [], LONG).instances == (ONE, OTHER)
    leases.leave(OTHER)
    assert leases.renew(ONE, [], LONG).instances == (ONE,)


def test_an_instance_that_is_silent_counts_no_more(leases: Leases) -> None:
    leases.renew(OTHER, [], OVER)
    assert leases.renew(ONE, [], LONG).instances == (ONE,)


def test_nobody_takes_a_lease_in_the_middle_of_a_writing_transaction(
    leases: Leases, database: Database
) -> None:
    lease = taken(leases, database, ONE)
    with database.transaction() as tx:
        leases.require(tx, ONE, lease)
        # As if time had passed for everybody but this transaction.
        assert leases.renew(ONE, [lease], OVER).renewed == {lease}
        seen = state(leases, database)
        assert seen.expired
        assert leases.take(OTHER, seen, LONG) is None
        assert not leases.give_up(ONE, lease)
        tx.connection.execute(text("UPDATE feeds SET head = head"))
    assert taken(leases, database, OTHER).token == lease.token + 1


def test_a_writer_that_waited_for_a_console_is_judged_by_the_row_after_it(
    leases: Leases, database: Database
) -> None:
    lease = taken(leases, database, ONE)
    begun, result = Event(), []

    def write() -> None:
        begun.set()
        result.append(written(leases, database, ONE, lease))

    writer = Thread(target=write)
    with database.transaction() as tx:
        leases.exclude(tx, TOKYO)
        writer.start()
        assert begun.wait(60)
        tx.connection.execute(text("UPDATE leases SET token = token + 1"))
    writer.join(60)
    assert result == [False]


def test_one_busy_row_does_not_keep_the_others_from_being_renewed(
    leases: Leases, database: Database
) -> None:
    busy = taken(leases, database, ONE)
    other = leases.take(ONE, state(leases, database, OSAKA), LONG)
    assert other is not None
    with database.transaction() as tx:
        leases.exclude(tx, TOKYO)
        assert leases.renew(ONE, [busy, other], LONG).renewed == {other}


def test_a_lease_that_a_clock_set_back_made_last_is_taken_once_it_has_not_changed(
    leases: Leases, database: Database
) -> None:
    lease = taken(leases, database, ONE, timedelta(days=365))
    seen = state(leases, database)
    assert leases.take(OTHER, seen, LONG) is None
    # The owner lives after all, and renews: it is not what was seen.
    leases.renew(ONE, [lease], timedelta(days=366))
    assert leases.take(OTHER, seen, LONG, unchanged=True) is None
    seen = state(leases, database)
    assert leases.take(OTHER, seen, LONG, unchanged=True) == Lease(TOKYO, lease.token + 1)


def test_a_process_paused_in_a_writing_transaction_loses_it(
    leases: Leases, database: Database, database_url: str
) -> None:
    """SIGSTOP between the fence and the commit: the server ends the session, the row is free."""
    lease = taken(leases, database, ONE, OVER)
    leases.renew(ONE, [lease], LONG)
    program = f"""
import sys

from openjpki.domain.lease import Instance, Lease
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from openjpki.storage.kernel.choose_leases import leases_of
from tests.support.lease_samples import KYOTO, ONE, TOKYO
database = Database({database_url!r}, DatabaseOptions(idle_writer=0.5))
leases = leases_of(database)
with database.transaction() as tx:
    leases.require(tx, ONE, Lease(TOKYO, {lease.token}))
    leases.exclude(tx, KYOTO)
    print("inside", flush=True)
    sys.stdin.readline()
"""
    writer = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "inside\n"
    os.kill(writer.pid, signal.SIGSTOP)
    leases.renew(ONE, [lease], OVER)
    new = _taken_soon(leases, database, OTHER)
    os.kill(writer.pid, signal.SIGCONT)
    _, said = writer.communicate("go on\n", timeout=60)
    assert writer.returncode != 0
    assert "SERVICE_UNAVAILABLE" in said
    with database.reading() as tx:
        assert leases.state_of(tx, KYOTO) is None
    assert written(leases, database, OTHER, new)


def _taken_soon(leases: Leases, database: Database, who: Instance) -> Lease:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        lease = leases.take(who, state(leases, database), LONG)
        if lease is not None:
            return lease
        time.sleep(0.05)
    pytest.fail("the lease was never free")


def test_reading_may_take_longer_than_writing(database: Database, database_url: str) -> None:
    """A listener that reads slowly holds up nobody: its session is not ended as a writer's is."""
    slow = Database(database_url, DatabaseOptions(idle_writer=0.2))
    # So often that the driver would have prepared the statement that begins it.
    for _ in range(12):
        slow.check()
    with slow.reading() as tx:
        shown = tx.connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar()
    with slow.transaction() as tx:
        writers = tx.connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar()
    slow.close()
    assert (shown, writers) == ("1min", "200ms")


def test_the_fence_costs_no_statement_of_its_own(leases: Leases, database: Database) -> None:
    """The query goes with the beginning, also when the driver would have prepared it by then."""
    lease = taken(leases, database, ONE)

    def writes(tx: Transaction) -> bool:
        leases.require(tx, ONE, lease)
        return tx.found

    opening = leases.opening(ONE, lease)
    assert all(database.run(writes, opening=opening) for _ in range(12))
    leases.renew(ONE, [lease], OVER)
    with pytest.raises(OpenJpkiError) as refused:
        database.run(writes, opening=opening)
    assert refused.value.reason is Reason.NOT_THE_OWNER
    # It is the result of this very transaction, not of one before on the same connection.
    leases.renew(ONE, [lease], LONG)
    assert database.run(writes, opening=opening)


def test_nobody_takes_a_lease_while_the_query_at_the_beginning_holds_it(
    leases: Leases, database: Database
) -> None:
    lease = taken(leases, database, ONE)
    with database.transaction(leases.opening(ONE, lease)) as tx:
        leases.require(tx, ONE, lease)
        leases.renew(ONE, [lease], OVER)
        assert leases.take(OTHER, state(leases, database), LONG) is None
    assert taken(leases, database, OTHER).token == lease.token + 1


def test_a_transaction_that_waited_too_long_at_its_beginning_is_a_conflict(
    leases: Leases, database: Database, database_url: str
) -> None:
    lease = taken(leases, database, ONE)
    hasty = Database(database_url, DatabaseOptions(lock_timeout=0.1, pool_size=1))
    with database.transaction() as tx:
        leases.exclude(tx, TOKYO)
        opened = hasty.transaction(leases.opening(ONE, lease))
        with pytest.raises(OpenJpkiError) as refused, opened:
            pytest.fail("it must not begin")
    assert refused.value.reason is Reason.CONFLICTING_CHANGE
    # The connection is as good as before.
    with hasty.transaction(leases.opening(ONE, lease)) as tx:
        leases.require(tx, ONE, lease)
    hasty.close()


def test_a_server_that_falls_silent_is_noticed_within_seconds(database_url: str) -> None:
    """What the operating system is told: without it, it waits for a quarter of an hour."""
    given = Database(f"{database_url}&tcp_user_timeout=2000")
    with given.reading() as tx:
        connection = tx.connection.connection.driver_connection
        assert connection is not None
        told = connection.info.get_parameters()
    given.close()
    silent = sum(int(told[f"keepalives_{name}"]) for name in ("idle", "count", "interval"))
    assert silent <= 10
    # An operator's own word goes before ours.
    assert told["tcp_user_timeout"] == "2000"


@pytest.mark.parametrize("jump", [timedelta(days=30), -timedelta(days=30)], ids=["ahead", "behind"])
def test_the_owner_goes_on_over_a_month_that_the_databases_clock_lost(
    leases: Leases, database: Database, jump: timedelta
) -> None:
    """Its lease was renewed by a clock that was off: it lasts for a month, or ended one ago."""
    lease = taken(leases, database, ONE)
    leases.renew(ONE, [lease], LONG + jump)
    assert leases.renew(ONE, [lease], LONG).renewed == {lease}
    assert written(leases, database, ONE, lease)
    # And what it has then lasts no longer than any other.
    leases.renew(ONE, [lease], OVER)
    assert leases.take(OTHER, state(leases, database), LONG) == Lease(TOKYO, lease.token + 1)


def test_renewing_leaves_no_room_behind_though_nobody_vacuums(
    leases: Leases, database: Database
) -> None:
    """Each instance renews twice a second for years: rows' old versions go as new ones come."""
    lease = taken(leases, database, ONE)

    def renew() -> None:
        for _ in range(400):
            assert leases.renew(ONE, [lease], LONG).renewed == {lease}

    # A page of rows, with its maps, and one of the index.
    most = dict.fromkeys(("leases", "instances"), 99_999)
    assert_room(database, renew, "pg_total_relation_size", most)
