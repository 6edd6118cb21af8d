"""The resident register's table, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.domain.existence import check_existence
from openjpki.domain.municipality import Municipality
from openjpki.domain.person import FourAttributes, RegisteredAttributes
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.resident_register import residents
from openjpki.storage.resident_register.register import SqlResidentRegister
from openjpki.storage.resident_register.residents import Resident
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database

ATTRIBUTES = FourAttributes.parse(
    name="渡邉　太郎",
    birth_date="1980-02-17",
    sex="1",
    address="富山県富山市本町１−１",
    municipality=Municipality("16201"),
    today=date(2026, 4, 1),
)
STATED = RegisteredAttributes.of(ATTRIBUTES)
TARO = Resident(
    resident_id="r1",
    municipality_code="16201",
    name="渡邉　太郎",
    name_kana="ワタナベ　タロウ",
    romanised_name="WATANABE TARO",
    birth_date="1980-02-17",
    sex="1",
    address="富山県富山市本町１−１",
)
NAMESAKE = replace(TARO, resident_id="r2", birth_date="1950-01-01", address="富山県富山市呉羽町１")
BORN_SAME_DAY = replace(TARO, resident_id="r3", name="山田　花子", address="富山県富山市婦中町２")
NEIGHBOUR = replace(TARO, resident_id="r4", name="渡邉　花子", birth_date="1982-12-01", sex="2")
STRANGER = replace(
    TARO, resident_id="r5", name="別府　一", birth_date="1999-09-09", address="富山県富山市水橋３"
)
ELSEWHERE = replace(TARO, resident_id="r6", municipality_code="16202")


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "resident_register")
    with empty_database.transaction() as tx:
        residents.put(tx, [TARO, NAMESAKE, BORN_SAME_DAY, NEIGHBOUR, STRANGER, ELSEWHERE])
    return empty_database


@pytest.mark.requirement("R2.2.1")
def test_candidates_share_name_birth_date_or_address(database: Database) -> None:
    found = {one.resident_id for one in SqlResidentRegister(database).candidates(STATED)}
    assert found == {"r1", "r2", "r3", "r4"}


@pytest.mark.requirement("R2.1.1")
def test_the_check_finds_the_one_resident(database: Database) -> None:
    found = check_existence(STATED, SqlResidentRegister(database).candidates(STATED))
    assert found.resident_id == "r1"


def test_each_candidate_comes_once_with_all_its_attributes(database: Database) -> None:
    found = SqlResidentRegister(database).candidates(STATED)
    assert len(found) == len({one.resident_id for one in found})
    (taro,) = [one for one in found if one.resident_id == "r1"]
    assert (taro.name, taro.birth_date, taro.sex) == (TARO.name, TARO.birth_date, TARO.sex)
    assert (taro.address, taro.municipality_code) == (TARO.address, "16201")


def test_candidates_are_found_by_index(database: Database) -> None:
    # Enough rows that reading them all would be the worse plan for either database.
    with database.transaction() as tx:
        for start in range(0, 20_000, 1000):
            residents.put(
                tx,
                [
                    replace(STRANGER, resident_id=f"s{n}", name=f"別府　{n}", address=f"富山県{n}")
                    for n in range(start, start + 1000)
                ],
            )
    explain = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
    with database.transaction() as tx:
        if database.dialect == "postgresql":
            tx.connection.execute(text("ANALYZE residents"))
        for column in ("name", "birth_date", "address"):
            rows = tx.connection.execute(
                text(
                    f"{explain} SELECT resident_id FROM residents"  # noqa: S608
                    f" WHERE municipality_code = '16201' AND {column} = 'x'"
                )
            )
            plan = " ".join(str(row) for row in rows)
            assert f"ix_residents_{column}" in plan


def test_a_known_resident_is_replaced_also_after_moving(database: Database) -> None:
    moved = replace(TARO, municipality_code="16202", address="富山県高岡市５")
    with database.transaction() as tx:
        residents.put(tx, [moved])
    with database.reading() as tx:
        assert residents.count(tx) == 6
        here = residents.candidates(
            tx, "16201", name=TARO.name, birth_date=TARO.birth_date, address=TARO.address
        )
        there = residents.candidates(tx, "16202", name="", birth_date="", address=moved.address)
    assert "r1" not in {one.resident_id for one in here}
    assert [one.resident_id for one in there] == ["r1"]


def test_removing_a_municipality_leaves_the_others(database: Database) -> None:
    with database.transaction() as tx:
        assert residents.remove_municipality(tx, "16201") == 5
        residents.put(tx, [])
    with database.reading() as tx:
        assert residents.count(tx) == 1


def test_a_register_that_was_never_loaded_is_unavailable(empty_database: Database) -> None:
    register = SqlResidentRegister(empty_database)
    with pytest.raises(OpenJpkiError) as refusal:
        register.candidates(STATED)
    assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE
    put_schema(empty_database, "resident_register")
    assert register.candidates(STATED) == []


def test_no_value_shows_in_a_resident_s_repr() -> None:
    assert repr(TARO) == "Resident(hidden)"
