"""Loading a register file: all of it or nothing, on both databases."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError
from openjpki.services.registration.register.load_register import load_register, weigh_register
from openjpki.services.registration.register.register_file import RegisterFileError, read_register
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.resident_register import residents
from openjpki_devkit.register.synthetic import synthetic_residents
from openjpki_devkit.register.write_register import write_register
from tests.support.lock_waits import waits_for
from tests.support.schemas import put_schema
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.storage.kernel.database import Database
    from openjpki.storage.resident_register.residents import Resident
    from openjpki_devkit.register.synthetic import SyntheticResident

NOW = datetime(2026, 4, 1, 0, 30, tzinfo=UTC)
PEOPLE = list(synthetic_residents(7, 2500, today=date(2026, 4, 1)))


class FixedClock:
    def now(self) -> datetime:
        return NOW


def file_of(people: Iterable[SyntheticResident]) -> io.StringIO:
    file = io.StringIO(newline="")
    write_register(file, people)
    file.seek(0)
    return file


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "resident_register")
    return empty_database


def count(database: Database) -> int:
    with database.reading() as tx:
        return residents.count(tx)


def test_every_row_arrives_and_the_act_is_recorded(database: Database) -> None:
    heard: list[int] = []
    loads = load_register(
        database, file_of(PEOPLE), clock=FixedClock(), actor="operator-1", progress=heard.append
    )
    counts = {one.municipality_code: one.residents for one in loads}
    assert sum(counts.values()) == count(database) == 2500
    assert heard == [1000, 2000, 2500]
    first = PEOPLE[0]
    with database.reading() as tx:
        found = residents.candidates(
            tx, first.municipality_code, name=first.name, birth_date="", address=""
        )
        (entry,) = SqlJournal().read_all(tx, first.municipality_code)
    assert first.resident_id in {one.resident_id for one in found}
    assert (entry.act, entry.actor) == ("register.loaded", "operator-1")
    assert entry.details["count"] == counts[first.municipality_code]
    assert (entry.details["leaving"], entry.details["named"]) == (0, False)


def test_a_bad_row_at_the_end_leaves_the_register_as_it_was(database: Database) -> None:
    load_register(database, file_of(PEOPLE[:10]), clock=FixedClock(), actor="operator-1")
    bad = replace(PEOPLE[-1], birth_date="2001-02-29")
    with pytest.raises(RegisterFileError) as refusal:
        load_register(
            database, file_of([*PEOPLE[:-1], bad]), clock=FixedClock(), actor="operator-1"
        )
    assert (refusal.value.line, refusal.value.column) == (2501, "birth_date")
    assert count(database) == 10


@pytest.mark.requirement("R2.1.1")
def test_who_left_the_register_is_left_out_of_it(database: Database) -> None:
    """The file is the whole register of the municipalities in it, and says nothing of others."""
    here = PEOPLE[0].municipality_code
    mine = [one for one in PEOPLE if one.municipality_code == here]
    load_register(database, file_of(PEOPLE), clock=FixedClock(), actor="operator-1")
    load_register(database, file_of(mine[1:]), clock=FixedClock(), actor="operator-1")
    assert count(database) == 2499
    with database.reading() as tx:
        left = residents.candidates(
            tx, here, name=mine[0].name, birth_date=mine[0].birth_date, address=mine[0].address
        )
    assert mine[0].resident_id not in {one.resident_id for one in left}


TWO = ("13101", "13104")
TOWNSFOLK = list(synthetic_residents(9, 100, today=date(2026, 4, 1), municipalities=TWO))


def of_code(code: str) -> list[SyntheticResident]:
    return [one for one in TOWNSFOLK if one.municipality_code == code]


def numbers(database: Database, code: str) -> set[str]:
    with database.reading() as tx:
        return set(residents.numbers_of(tx, code))


@pytest.mark.requirement("R2.1.1")
def test_a_municipality_of_a_file_that_was_cut_short_keeps_no_other_from_being_loaded(
    database: Database,
) -> None:
    load_register(database, file_of(TOWNSFOLK), clock=FixedClock(), actor="operator-1")
    whole, cut = of_code("13101"), of_code("13104")
    file = [*whole[1:], *cut[:5]]
    weighed = weigh_register(database, file_of(file), clock=FixedClock())
    assert count(database) == 100
    loads = load_register(database, file_of(file), clock=FixedClock(), actor="operator-1")
    assert loads == weighed
    assert [(one.municipality_code, one.loaded, one.leaving) for one in loads] == [
        ("13101", True, 1),
        ("13104", False, len(cut) - 5),
    ]
    assert numbers(database, "13101") == {one.resident_id for one in whole[1:]}
    assert numbers(database, "13104") == {one.resident_id for one in cut}

    load_register(
        database, file_of(file), clock=FixedClock(), actor="operator-2", although={"13104"}
    )
    assert numbers(database, "13104") == {one.resident_id for one in cut[:5]}
    with database.reading() as tx:
        entries = list(SqlJournal().read_all(tx, "13104"))
    assert [(one.actor, one.details["named"], one.details["leaving"]) for one in entries] == [
        ("operator-1", False, 0),
        ("operator-2", True, len(cut) - 5),
    ]


def test_a_file_that_changes_while_it_is_read_loads_nobody(database: Database) -> None:
    load_register(database, file_of(TOWNSFOLK[:20]), clock=FixedClock(), actor="operator-1")

    def cut(_rows: int) -> None:
        file.seek(0)
        file.truncate()
        write_register(file, TOWNSFOLK[:50])

    rows = [replace(TOWNSFOLK[0], resident_id=f"n{n}") for n in range(1000)]
    file = file_of([*TOWNSFOLK, *rows[:900]])
    with pytest.raises(OpenJpkiError) as refusal:
        load_register(database, file, clock=FixedClock(), actor="operator-1", checked=cut)
    assert refusal.value.field == "FILE"
    assert count(database) == 20


def test_two_loads_at_once_are_one_after_the_other(database: Database) -> None:
    """Of the one that waits all residents are there afterwards, and of the other none."""
    first, second = of_code("13101")[:10], of_code("13101")[10:20]
    with ThreadPoolExecutor() as threads:
        with database.transaction() as tx:
            residents.nobody_else_loads(tx)
            waiting = threads.submit(
                load_register, database, file_of(second), clock=FixedClock(), actor="operator-2"
            )
            residents.put(tx, [_stored(one) for one in first])
            if database.dialect == "postgresql":
                wait_until(lambda: waits_for(database, "relation") == 1)
        waiting.result()
    assert numbers(database, "13101") == {one.resident_id for one in second}


def _stored(one: SyntheticResident) -> Resident:
    (read,) = read_register(file_of([one]), today=NOW.date())
    return read
