"""The database's clock, by which leases end, jumps both ways under two processes of ca and load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.ca.conftest import TOWN
from tests.support.ca_books import assert_whole
from tests.support.ca_fleet import Fleet, Load
from tests.support.ca_service import TOYAMA
from tests.support.database_clock import settable_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.api.ca.v1 import ca_pb2
    from tests.support.database_clock import DatabaseClock
    from tests.support.postgres import PostgresServer

    Applications = list[ca_pb2.IssueCertificateRequest]


@pytest.fixture
def clock(postgres_server: PostgresServer) -> Iterator[DatabaseClock]:
    with postgres_server.fresh_database() as url:
        yield settable_clock(url)


@pytest.fixture
def postgres_url(clock: DatabaseClock) -> str:
    return clock.url


def assert_done(fleet: Fleet, load: Load) -> None:
    load.finish()
    load.assert_nothing_lost_or_doubled()
    for authority in TOWN:
        assert_whole(fleet.database, authority)


@pytest.mark.requirement("R1.3.4")
def test_nothing_is_lost_or_doubled_when_it_jumps(
    fleet: Fleet, applications: Applications, clock: DatabaseClock
) -> None:
    """Ahead: every lease has ended, for those too who renew. Back: none seems to end."""
    for _ in range(2):
        fleet.start()
    load = Load(fleet, applications)
    for wrong_by in ("1 hour", "0", "-1 hour", "0"):
        load.ask(9)
        load.wait(but=7)
        clock.set(wrong_by)
        load.wait()
    assert_done(fleet, load)


def test_what_a_dead_owner_had_is_taken_though_its_time_seems_not_to_end(
    fleet: Fleet, applications: Applications, clock: DatabaseClock
) -> None:
    """Killed while the clock is an hour ahead, which then is right again: by the rows it holds its
    leases for another hour."""
    fleet.start()
    fleet.start()
    load = Load(fleet, applications)
    clock.set("1 hour")
    load.ask(9)
    # Nothing is under way: for how long a call waits is not asked here.
    load.wait()
    owner = fleet.wait_for_owner(TOYAMA)
    owner.kill()
    fleet.forget(owner)
    clock.set("0")
    for authority in TOWN:
        fleet.wait_for_owner(authority, other_than=owner)
    load.ask(9)
    assert_done(fleet, load)
