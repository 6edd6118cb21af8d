"""What replicas take of quotas, on both databases (R4.3)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.agreements import Limits, Unit, Way
from openjpki.domain.authority import AuthorityId
from openjpki.domain.usage import Counted, DayCount
from openjpki.storage.ocsp import quota, usage
from openjpki.storage.ocsp.quota import Asked, Bounded, Leased
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database

NOON = datetime(2027, 4, 1, 3, tzinfo=UTC)
DAY = date(2027, 4, 1)
TOKYO = AuthorityId.signing("13")
STATUSES = Bounded("tax-office", TOKYO, Unit.STATUSES)
DOWNLOADS = Bounded("tax-office", TOKYO, Unit.DOWNLOADS)
LIMITS = Limits(100, 1000)


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "ocsp")
    return empty_database


def take(database: Database, run: str, asked: Asked, of: Bounded = STATUSES) -> Leased:
    """As a run does whose first taking it may be."""
    database.run(lambda tx: quota.recount(tx, run, DAY, {of: asked.ours}, left_out=print))
    found = database.run(lambda tx: quota.lease(tx, run, DAY, {of: asked}, at=NOON, left_out=print))
    return found[of]


def stands(database: Database, of: Bounded = STATUSES) -> tuple[int, int, int]:
    with database.reading() as tx:
        found = quota.standing(tx, "one", DAY, left_out=print)[of]
    return found.of_day, found.of_month, found.sharers


def test_a_part_is_taken_of_day_and_month(database: Database) -> None:
    got = take(database, "one", Asked(limits=LIMITS, ours=0))
    assert got.granted == 50
    assert stands(database) == (50, 50, 1)
    # Another has half as much of the rest.
    assert take(database, "other", Asked(limits=LIMITS, ours=0)).granted == 12
    assert stands(database) == (62, 62, 2)
    assert take(database, "one", Asked(limits=LIMITS, ours=50, left=49)).granted == 0
    assert take(database, "one", Asked(limits=None, ours=1, closes=True)).rest is None
    assert stands(database) == (13, 13, 1)


def test_what_is_kept_is_what_the_run_says(database: Database) -> None:
    take(database, "one", Asked(limits=LIMITS, ours=0))
    # It never heard of that, and asks again; then the database lacks it.
    assert take(database, "one", Asked(limits=LIMITS, ours=0)).granted == 50
    assert stands(database) == (50, 50, 1)
    take(database, "one", Asked(limits=None, ours=70))
    assert stands(database) == (70, 70, 1)


def test_told_before_counts_and_units_are_apart(database: Database) -> None:
    counts = [
        DayCount(DAY, Counted("tax-office", TOKYO, Way.GRPC), 30),
        DayCount(DAY, Counted("tax-office", TOKYO, Way.OCSP_HTTP), 20),
        DayCount(date(2027, 4, 30), Counted("tax-office", TOKYO, Way.OCSP_HTTP), 5),
        DayCount(DAY, Counted("tax-office", TOKYO, Way.LISTS), 7),
        DayCount(DAY, Counted("bank-1", TOKYO, Way.LISTS), 9),
        DayCount(date(2027, 3, 31), Counted("tax-office", TOKYO, Way.LISTS), 9),
    ]
    with database.transaction() as tx:
        usage.add_sealed(tx, "epoch", counts, run="before", at=NOON)
    take(database, "one", Asked(limits=None, ours=0))
    take(database, "one", Asked(limits=None, ours=0), DOWNLOADS)
    assert stands(database) == (50, 55, 1)
    assert stands(database, DOWNLOADS) == (7, 7, 1)


def test_a_run_that_ended_gives_back_what_it_did_not_tell(database: Database) -> None:
    take(database, "killed", Asked(limits=LIMITS, ours=0))
    told = [DayCount(DAY, Counted("tax-office", TOKYO, Way.GRPC), 8)]
    for _ in range(2):
        with database.transaction() as tx:
            if not usage.of_run(tx, "killed"):
                usage.add_sealed(tx, "epoch", told, run="killed", at=NOON)
            quota.settle_run(tx, "killed", at=NOON, left_out=print)
        assert stands(database) == (8, 8, 0)


@pytest.mark.requirement("R4.3", refuses=True)
def test_of_the_last_ten_eight_at_once_take_ten(database: Database) -> None:
    limits = Limits(10, None)

    def take_all(run: str) -> int:
        ours = 0
        while got := take(database, run, Asked(limits=limits, ours=ours, needed=1)).granted:
            ours += got
        return ours

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(take_all, map(str, range(8)))) == 10
    assert stands(database)[0] == 10
