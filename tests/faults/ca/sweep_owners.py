"""Minutes of processes killed, paused and replaced at random, under load: `make lease-sweep`.

Not collected by itself, as its name says; what it tries is told by its seed, which it prints.
"""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING

from openjpki.config.clock import SystemClock
from openjpki.storage.kernel.database import Database
from openjpki_devkit.bench.issue_requests import AUTHORITY, MUNICIPALITY, issue_requests
from openjpki_devkit.bench.officers import officers_of
from openjpki_devkit.mesh.authority import MeshAuthority
from tests.support.ca_books import assert_whole
from tests.support.ca_fleet import Fleet, Load
from tests.support.ca_process import write_settings
from tests.support.ca_service import TRUST_DOMAIN, make_authorities, make_settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

_PROCESSES = 3
_A_ROUND = 8
"""Requests let go in each: in ten minutes fewer than ca signs for one municipality in an hour."""


def test_nothing_is_lost_or_doubled(
    tmp_path: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = float(os.environ.get("SWEEP_SECONDS", "600"))
    seed = int(os.environ.get("SWEEP_SEED", str(time.time_ns() % 1_000_000)))
    chance = random.Random(seed)  # noqa: S311 - a test's moments, no secret
    mesh = MeshAuthority.create(clock=SystemClock(), trust_domain=TRUST_DOMAIN)
    settings = make_settings(tmp_path, postgres_url, mesh)
    make_authorities(settings, SystemClock(), [str(AUTHORITY)])
    file = write_settings(tmp_path / "settings.toml", settings)
    database = Database(postgres_url)
    officers_of(MUNICIPALITY).enrol(database)
    fleet = Fleet(tmp_path, file, mesh, database)
    try:
        for _ in range(_PROCESSES):
            fleet.start()
        # A round takes a second at least.
        load = Load(fleet, issue_requests(int(seconds * _A_ROUND) + _A_ROUND))
        ends = time.monotonic() + seconds
        rounds = 0
        while time.monotonic() < ends:
            rounds += 1
            load.ask(_A_ROUND)
            time.sleep(chance.uniform(0.0, 1.0))
            _disturb(fleet, chance)
            load.wait(but=_A_ROUND // 2)
            with capsys.disabled():
                print(f"\rseed {seed}, round {rounds}", end="", flush=True)  # noqa: T201
        load.finish()
        load.assert_nothing_lost_or_doubled()
        assert_whole(fleet.database, str(AUTHORITY))
    finally:
        fleet.close()


def _disturb(fleet: Fleet, chance: random.Random) -> None:
    """One thing, to the owner more often than not."""
    owner = fleet.owner(str(AUTHORITY))
    process = owner if owner in fleet.serving and chance.random() < 0.7 else None
    process = process or chance.choice(fleet.serving)
    what = chance.choice(["kill", "pause", "replace"])
    if what == "kill":
        process.kill()
        fleet.forget(process)
        fleet.start()
    elif what == "pause":
        process.pause()
        # Shorter than a lease or longer.
        time.sleep(chance.uniform(0.2, 6.0))
        process.resume()
    else:
        fleet.replace(process)
