"""The generator of made-up residents."""

import csv
import io
from datetime import date

import pytest

from openjpki.domain.characters import REPERTOIRE, split
from openjpki.domain.data import read_table
from openjpki.domain.existence import RegisterRecord, check_existence
from openjpki.domain.municipality import Municipality
from openjpki.domain.person import FourAttributes, RegisteredAttributes, RomanisedName
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.register.register_file import ALL_COLUMNS
from openjpki_devkit.register import data
from openjpki_devkit.register.synthetic import (
    SyntheticResident,
    synthetic_municipalities,
    synthetic_residents,
)

TODAY = date(2026, 4, 1)
RESIDENTS = list(synthetic_residents(7, 3000, today=TODAY))


def attributes_of(resident: SyntheticResident) -> FourAttributes:
    return FourAttributes.parse(
        name=resident.name,
        birth_date=resident.birth_date,
        sex=resident.sex,
        address=resident.address,
        municipality=Municipality(resident.municipality_code),
        today=TODAY,
    )


def test_same_seed_same_residents() -> None:
    assert list(synthetic_residents(7, 3000, today=TODAY)) == RESIDENTS
    assert list(synthetic_residents(8, 3000, today=TODAY)) != RESIDENTS


def test_numbers_and_attributes_are_unique() -> None:
    assert len({resident.resident_id for resident in RESIDENTS}) == 3000
    attributes = {(r.name, r.birth_date, r.sex, r.address) for r in RESIDENTS}
    assert len(attributes) == 3000


def test_residents_spread_over_municipalities_eras_and_sexes() -> None:
    assert {r.municipality_code for r in RESIDENTS} == set(synthetic_municipalities())
    assert len({code[:2] for code in synthetic_municipalities()}) >= 10
    assert {r.sex for r in RESIDENTS} == {"1", "2"}
    eras = set()
    for resident in RESIDENTS:
        try:
            eras.add(attributes_of(resident).birth_date.era.name)
        except OpenJpkiError:
            continue
    assert {"TAISHO", "SHOWA", "HEISEI", "REIWA"} <= eras


def test_a_few_names_lie_outside_the_repertoire_and_all_others_can_be_certified() -> None:
    outside = 0
    for resident in RESIDENTS:
        RomanisedName.parse(resident.romanised_name)
        if set(split(resident.name)) <= REPERTOIRE:
            attributes_of(resident)
            continue
        outside += 1
        with pytest.raises(OpenJpkiError) as refusal:
            attributes_of(resident)
        assert refusal.value.reason is Reason.NAME_NOT_IN_REPERTOIRE
        assert refusal.value.metadata["candidates"]
    assert 0 < outside < 300
    assert any("邉" in resident.name for resident in RESIDENTS)


def test_residents_exist_in_the_register_they_make() -> None:
    resident = next(r for r in RESIDENTS if set(split(r.name)) <= REPERTOIRE)
    records = [
        RegisterRecord(r.resident_id, r.municipality_code, r.name, r.birth_date, r.sex, r.address)
        for r in RESIDENTS
    ]
    assert (
        check_existence(RegisteredAttributes.of(attributes_of(resident)), records).resident_id
        == resident.resident_id
    )


def test_rows_go_through_csv_unharmed() -> None:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, ALL_COLUMNS)
    writer.writeheader()
    writer.writerows(resident.row() for resident in RESIDENTS)
    buffer.seek(0)
    assert list(csv.DictReader(buffer)) == [resident.row() for resident in RESIDENTS]


def test_only_the_municipalities_asked_for() -> None:
    chosen = list(synthetic_residents(1, 50, today=TODAY, municipalities=["13101", "27100"]))
    assert {r.municipality_code for r in chosen} == {"13101", "27100"}
    with pytest.raises(ValueError, match="13103"):
        list(synthetic_residents(1, 50, today=TODAY, municipalities=["13101", "13103"]))


def test_every_listed_place_is_a_real_municipality() -> None:
    for place in read_table("places.csv", package=data.__name__):
        assert Municipality(place["municipality_code"]).name
