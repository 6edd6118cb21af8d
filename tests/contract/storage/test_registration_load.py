"""Loading a register file: all of it or nothing, on both databases."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from openjpki.services.registration.register.load_register import load_register
from openjpki.services.registration.register.register_file import RegisterFileError
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.migrations import upgrade
from openjpki.storage.resident_register import residents
from openjpki_devkit.register.synthetic import synthetic_residents
from openjpki_devkit.register.write_register import write_register

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.storage.kernel.database import Database
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
    upgrade(empty_database, "resident_register")
    return empty_database


def count(database: Database) -> int:
    with database.reading() as tx:
        return residents.count(tx)


def test_every_row_arrives_and_the_act_is_recorded(database: Database) -> None:
    heard: list[int] = []
    counts = load_register(
        database, file_of(PEOPLE), clock=FixedClock(), actor="operator-1", progress=heard.append
    )
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
