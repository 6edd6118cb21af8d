"""Keepers of leases over one database: fair shares, one that is cut off, calls under way."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Semaphore, Thread
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.domain.lease import Instance
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.fence import Console
from openjpki.services.common.lease_keeper import LeaseKeeper, Takeover
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.leases_sql import SqlLeases
from openjpki.storage.migrations import upgrade
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from openjpki.domain.lease import Lease
    from openjpki.storage.kernel.leases import Survey

AUTHORITIES = frozenset(AuthorityId.signing(f"{number:02}") for number in range(1, 7))
LASTS = timedelta(seconds=3)


class Cable(SqlLeases):
    """Leases over a connection that a test can take away."""

    cut = False

    def renew(self, instance: Instance, held: Collection[Lease], duration: timedelta) -> Survey:
        if self.cut:
            raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "the cable is cut")
        return super().renew(instance, held, duration)


class Keepers:
    """Those of one test, by the names of their instances."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.running: dict[str, LeaseKeeper] = {}
        self.cables: dict[str, Cable] = {}
        self.taken_up: list[tuple[str, AuthorityId]] = []
        self._databases: list[Database] = []

    def database(self) -> Database:
        made = Database(self.url)
        self._databases.append(made)
        return made

    def start(self, name: str) -> LeaseKeeper:
        database = self.database()
        cable = self.cables[name] = Cable(database)
        keeper = self.running[name] = LeaseKeeper(database, cable, LASTS)
        keeper.start(
            Instance(name, f"{name}:7110"),
            Takeover(
                lambda authority, _writer: self.taken_up.append((name, authority)),
                lambda _authority: None,
            ),
        )
        return keeper

    def shares(self) -> dict[str, int]:
        return {name: len(keeper.held()) for name, keeper in self.running.items()}

    def close(self) -> None:
        for keeper in self.running.values():
            keeper.stop()
        for database in self._databases:
            database.close()


@pytest.fixture
def keepers(postgres_url: str) -> Iterator[Keepers]:
    """Over a database with six authorities."""
    made = Keepers(postgres_url)
    database = made.database()
    upgrade(database, "ca")
    leases = SqlLeases(database)
    for authority in AUTHORITIES:
        with Console(database, leases).writing(authority) as writer:
            writer.run(lambda _tx: None)
    yield made
    made.close()


def test_shares_are_fair_however_many_there_are(keepers: Keepers) -> None:
    first = keepers.start("one")
    wait_until(lambda: set(first.held()) == AUTHORITIES)
    keepers.start("two")
    wait_until(lambda: keepers.shares() == {"one": 3, "two": 3})
    keepers.start("three")
    wait_until(lambda: keepers.shares() == {"one": 2, "two": 2, "three": 2})
    held = [authority for keeper in keepers.running.values() for authority in keeper.held()]
    assert sorted(held) == sorted(AUTHORITIES)
    keepers.running.pop("two").stop()
    wait_until(lambda: keepers.shares() == {"one": 3, "three": 3})
    # Whoever held one had taken it up before.
    assert {authority for _, authority in keepers.taken_up} == AUTHORITIES


def test_one_that_is_cut_off_refuses_and_the_others_take_over(keepers: Keepers) -> None:
    cut_off = keepers.start("one")
    keepers.start("two")
    wait_until(lambda: keepers.shares() == {"one": 3, "two": 3})
    lost = cut_off.held()[0]
    keepers.cables["one"].cut = True
    wait_until(lambda: keepers.shares() == {"one": 0, "two": 6})
    with pytest.raises(OpenJpkiError) as refused, cut_off.writing(lost):
        pytest.fail("it is another's")
    assert refused.value.reason is Reason.NOT_THE_OWNER
    assert refused.value.metadata["owner"] == "two"
    keepers.cables["one"].cut = False
    wait_until(lambda: keepers.shares() == {"one": 3, "two": 3})


def test_a_lease_is_given_away_after_the_call_under_way(keepers: Keepers) -> None:
    """Its later transactions are under the same token, also within calls of its own."""
    giving = keepers.start("one")
    begun, end, written = Semaphore(0), Event(), list[AuthorityId]()

    def call(authority: AuthorityId) -> None:
        with giving.writing(authority) as writer:
            begun.release()
            assert end.wait(120)
            with giving.writing(authority) as again:
                again.run(lambda _tx: written.append(authority))
            writer.run(lambda _tx: written.append(authority))

    calls = [Thread(target=call, args=(authority,)) for authority in AUTHORITIES]
    for each in calls:
        each.start()
    for _ in calls:
        assert begun.acquire(timeout=90)
    Thread(target=keepers.start, args=("two",)).start()
    # What is to be given away is no longer held for new calls.
    wait_until(lambda: len(giving.held()) == 3)
    end.set()
    for each in calls:
        each.join(90)
    assert sorted(written) == sorted([*AUTHORITIES, *AUTHORITIES])
    wait_until(lambda: keepers.shares() == {"one": 3, "two": 3})


def test_a_call_waits_for_an_authority_that_nobody_has_yet(keepers: Keepers) -> None:
    keeper = keepers.start("one")
    new = AuthorityId.signing("47")
    database = keepers.database()
    with Console(database, SqlLeases(database)).writing(new) as writer:
        writer.run(lambda _tx: None)
    with keeper.writing(new) as writer:
        assert writer.run(lambda _tx: "written") == "written"


def test_what_fails_to_be_taken_up_is_served_all_the_same(keepers: Keepers) -> None:
    """A key device that is away keeps no authority from revoking."""
    database = keepers.database()
    keeper = keepers.running["one"] = LeaseKeeper(database, SqlLeases(database), LASTS)

    def fail(_authority: AuthorityId, _writer: object) -> None:
        raise OpenJpkiError(Reason.KEY_DEVICE_UNAVAILABLE, "is away")

    keeper.start(Instance("one", "one:7110"), Takeover(fail, lambda _authority: None))
    wait_until(lambda: set(keeper.held()) == AUTHORITIES)
