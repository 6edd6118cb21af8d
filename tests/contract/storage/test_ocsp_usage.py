"""How much verifiers were told, on both databases (R5.2.2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.domain.agreements import Way
from openjpki.domain.authority import AuthorityId
from openjpki.domain.usage import Counted, DayCount, day_of
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ocsp import usage, usage_days
from tests.support.lock_waits import waits_for
from tests.support.schemas import put_schema
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database

NOON = datetime(2027, 4, 1, 3, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
DAY, NEXT = date(2027, 4, 1), date(2027, 4, 2)
TOKYO, TOYAMA = map(AuthorityId.signing, ("13", "16"))
OCSP = Counted("tax-office", TOKYO, Way.OCSP_HTTP)
GRPC = Counted("tax-office", TOYAMA, Way.GRPC)
BANK = Counted("bank-1", TOKYO, Way.LISTS)
_SEVERAL_WRITERS = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "ocsp")
    return empty_database


def begin(database: Database, epoch: str, run: str = "run") -> None:
    with database.transaction() as tx:
        usage.begin(tx, epoch, run=run, at=NOON)


def flush(database: Database, epoch: str, *counts: DayCount, at: datetime = LATER) -> bool:
    with database.transaction() as tx:
        return usage.flush(tx, epoch, counts, at=at)


def found(database: Database, **asked: Any) -> list[DayCount]:
    asked = {"authority_id": None, "verifier_id": None, "days": (DAY, NEXT), **asked}
    with database.reading() as tx:
        return usage.page(tx, **{"after": ("", "", "", ""), "limit": 9, **asked})


def test_japans_day_is_counted_by() -> None:
    assert day_of(datetime(2027, 3, 31, 14, 59, 59, tzinfo=UTC)) == date(2027, 3, 31)
    assert day_of(datetime(2027, 3, 31, 15, tzinfo=UTC)) == DAY


def test_counts_are_whole_and_never_become_smaller(database: Database) -> None:
    begin(database, "a")
    assert flush(database, "a", DayCount(DAY, OCSP, 5))
    for told, kept in ((5, 5), (4, 5), (8, 8)):
        assert flush(database, "a", DayCount(DAY, OCSP, told))
        assert found(database, authority_id=TOKYO) == [DayCount(DAY, OCSP, kept)]
    assert flush(database, "a")


def test_the_sum_is_over_all_epochs(database: Database) -> None:
    for epoch, run in (("a", "one"), ("b", "one"), ("c", "other")):
        begin(database, epoch, run)
        assert flush(database, epoch, DayCount(DAY, OCSP, 2), DayCount(NEXT, GRPC, 3))
    summed = [DayCount(DAY, OCSP, 6), DayCount(NEXT, GRPC, 9)]
    assert found(database, verifier_id="tax-office") == summed
    assert found(database, authority_id=TOYAMA) == summed[1:]
    assert found(database, authority_id=TOKYO, verifier_id="bank-1") == []
    assert found(database, verifier_id="tax-office", days=(DAY, DAY)) == summed[:1]
    with database.reading() as tx:
        assert usage.of_run(tx, "one") == {OCSP: 4, GRPC: 6}
        assert usage.of_run(tx, "none") == {}


def test_what_is_sealed_takes_nothing_more(database: Database) -> None:
    begin(database, "a")
    assert flush(database, "a", DayCount(DAY, OCSP, 5))
    assert not flush(database, "never-begun", DayCount(DAY, OCSP, 1))
    with database.transaction() as tx:
        assert usage.open_epochs(tx) == {"a": LATER}
        assert usage.seal(tx, "a", at=LATER)
        assert not usage.seal(tx, "a", at=LATER)
        assert usage.open_epochs(tx) == {}
    assert not flush(database, "a", DayCount(DAY, OCSP, 6))
    assert found(database, authority_id=TOKYO) == [DayCount(DAY, OCSP, 5)]


def test_a_run_is_sealed_as_a_whole(database: Database) -> None:
    for epoch in ("a", "b"):
        begin(database, epoch)
    begin(database, "c", "other")
    assert flush(database, "b")
    with database.transaction() as tx:
        assert usage.seal_run(tx, "run", at=LATER) == LATER
        assert usage.seal_run(tx, "run", at=LATER) is None
        assert usage.seal_run(tx, "none", at=LATER) is None
        assert list(usage.open_epochs(tx)) == ["c"]
        usage.add_sealed(tx, "d", [DayCount(DAY, OCSP, 7)], run="run", at=LATER)
        assert usage.of_run(tx, "run") == {OCSP: 7}
        assert list(usage.open_epochs(tx)) == ["c"]


@_SEVERAL_WRITERS
def test_a_run_without_an_epoch_is_sealed_by_one_at_a_time(database: Database) -> None:
    """Who settles it too sees what the first one found."""

    def settles() -> dict[Counted, int]:
        with database.transaction() as other:
            usage.seal_run(other, "run", at=LATER)
            return usage.of_run(other, "run")

    with ThreadPoolExecutor(1) as threads:
        with database.transaction() as tx:
            usage.seal_run(tx, "run", at=LATER)
            usage.seal_run(tx, "run", at=LATER)
            waits = threads.submit(settles)
            wait_until(lambda: waits_for(database, "advisory") == 1)
            usage.add_sealed(tx, "a", [DayCount(DAY, OCSP, 5)], run="run", at=LATER)
        assert waits.result(timeout=60) == {OCSP: 5}


def test_a_day_is_closed_once(database: Database) -> None:
    with database.reading() as tx:
        assert (usage_days.last_closed(tx, NEXT), usage_days.first_begun(tx)) == (None, None)
    begin(database, "a")
    with database.transaction() as tx:
        assert usage_days.is_alone(tx)
        assert usage_days.first_begun(tx) == NOON
        for day in (DAY, date(2999, 1, 1)):
            assert usage_days.close(tx, day, at=LATER)
        assert not usage_days.close(tx, DAY, at=LATER)
        assert [usage_days.last_closed(tx, one) for one in (DAY, NEXT)] == [None, DAY]


@_SEVERAL_WRITERS
def test_one_closes_days_at_a_time(database: Database) -> None:
    with database.transaction() as tx, database.transaction() as other:
        assert (usage_days.is_alone(tx), usage_days.is_alone(other)) == (True, False)


def test_a_day_has_the_sums_of_each_authority(database: Database) -> None:
    for epoch in ("a", "b"):
        begin(database, epoch)
        counts = [DayCount(DAY, OCSP, 2), DayCount(DAY, GRPC, 3), DayCount(NEXT, OCSP, 4)]
        assert flush(database, epoch, *counts)
    with database.reading() as tx:
        found = usage_days.sums(tx, DAY)
        assert sorted(found, key=lambda one: one.told) == [
            DayCount(DAY, OCSP, 4),
            DayCount(DAY, GRPC, 6),
        ]
        assert usage_days.sums(tx, DAY - timedelta(days=1)) == []


def test_an_epoch_is_begun_once(database: Database) -> None:
    begin(database, "a")
    with pytest.raises(OpenJpkiError) as refused:
        begin(database, "a")
    assert refused.value.reason in {Reason.CONFLICTING_CHANGE, Reason.INTERNAL}


def test_pages_go_on_where_the_one_before_ended(database: Database) -> None:
    begin(database, "a")
    counts = [
        DayCount(DAY, BANK, 1),
        DayCount(DAY, OCSP, 2),
        DayCount(DAY, Counted("tax-office-2", TOKYO, Way.GRPC), 3),
        DayCount(NEXT, BANK, 4),
    ]
    assert flush(database, "a", *counts)
    paged: list[DayCount] = []
    after = ("", "", "", "")
    while one := found(database, authority_id=TOKYO, after=after, limit=1):
        paged += one
        of = one[0].of
        after = (one[0].day.isoformat(), of.verifier_id, str(of.authority_id), of.way.value)
    assert paged == counts


def test_more_counts_than_one_statement_takes(database: Database) -> None:
    begin(database, "a")
    counts = [DayCount(DAY, Counted(f"v-{n}", TOKYO, Way.GRPC), n) for n in range(1, 2002)]
    assert flush(database, "a", *counts)
    everything = found(database, authority_id=TOKYO, limit=5000)
    assert sum(one.told for one in everything) == 2001 * 1001
