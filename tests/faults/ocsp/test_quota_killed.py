"""A replica is killed that holds a part of a quota: no verifier is told more than was agreed, and
what the replica held is told to it all the same (R4.3)."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError
from tests.support.bounded_replicas import BoundedReplicas
from tests.support.ocsp_service import VERIFIER, until
from tests.support.postgres import postgres_server, postgres_url

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.bounded_replicas import Asking

__all__ = ["postgres_server", "postgres_url"]

QUOTA = 400
EARLY = 40
"""Told so long before the kill that it is in files, and in the database."""
AT_ONCE = 3


class Killed:
    """Two replicas share a quota, and one is killed in the middle of its answers."""

    def __init__(self, world: BoundedReplicas, *, keeps_files: bool) -> None:
        self.world = world
        self.survivor = world.replica()
        self.victim = world.replica(keeps_files=keeps_files)
        world.agree(self.survivor, statuses_per_day=QUOTA)
        self.asking, doomed = world.asking(self.survivor), world.asking(self.victim)
        until(self.asking.told)
        while self.got < EARLY:
            until(doomed.told)
        until(lambda: world.rows().get(VERIFIER) == EARLY + 1)
        enough = threading.Event()
        asks = threading.Thread(target=self._ask_until_it_is_gone, args=(doomed, enough))
        asks.start()
        assert enough.wait(60)
        self.victim.kill()
        asks.join(60)

    @property
    def got(self) -> int:
        """By the verifier, of what the killed one told."""
        return self.victim.told[VERIFIER]

    @property
    def told(self) -> int:
        """By the other one."""
        return self.survivor.told[VERIFIER]

    def leases(self) -> list[int]:
        """What each run has of the quota."""
        with self.world.database.reading() as tx:
            found = tx.connection.exec_driver_sql("SELECT leased FROM quota_leases")
            return [int(leased) for (leased,) in found]

    def _ask_until_it_is_gone(self, doomed: Asking, enough: threading.Event) -> None:
        try:
            while True:
                doomed.told(AT_ONCE)
                if self.got >= EARLY + 20:
                    enough.set()
        except OpenJpkiError:
            # Its connection ended under way: that is no refusal that is waited for.
            return


@pytest.mark.requirement("R4.3")
def test_all_of_a_quota_is_told_and_what_was_counted_is_no_more(
    tmp_path: Path, postgres_url: str
) -> None:
    with ExitStack() as stack:
        killed = Killed(BoundedReplicas(tmp_path, postgres_url, stack), keeps_files=True)
        # What it held is held still: the other one tells the rest, and then nothing.
        killed.asking.all_that_is_left(12.0)
        filed = killed.victim.in_files()
        assert EARLY <= filed <= killed.got + AT_ONCE
        assert killed.told + filed < QUOTA
        # It comes back, and what it had not told is told by whoever is asked.
        killed.victim.start()
        killed.asking.all_that_is_left(12.0)
        # What was counted is the quota, exactly. So more was told only by what its last file lacks,
        # and less only by the answer that the kill cut off.
        assert killed.told + filed == QUOTA
        until(lambda: killed.world.rows() == {VERIFIER: QUOTA})


@pytest.mark.requirement("R4.3")
def test_without_its_folder_what_it_held_counts_as_told(tmp_path: Path, postgres_url: str) -> None:
    with ExitStack() as stack:
        killed = Killed(BoundedReplicas(tmp_path, postgres_url, stack), keeps_files=False)
        killed.asking.all_that_is_left(12.0)
        leases = killed.leases()
        assert sum(leases) == QUOTA
        # All of its own part is told, and of the other's no more than that had.
        leases.remove(killed.told)
        assert killed.got <= leases[0]
