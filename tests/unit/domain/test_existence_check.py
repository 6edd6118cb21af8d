"""The existence check against register records."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.domain.existence import RegisterRecord, check_existence
from openjpki.domain.municipality import Municipality
from openjpki.domain.person import FourAttributes, RegisteredAttributes
from openjpki.errors import OpenJpkiError, Reason

STATED = RegisteredAttributes.of(
    FourAttributes.parse(
        name="渡邉　太郎",
        birth_date="1980-02-17",
        sex="1",
        address="東京都千代田区丸の内１−１",
        municipality=Municipality("13101"),
        today=date(2026, 4, 1),
    )
)
RECORD = RegisterRecord(
    resident_id="r1",
    municipality_code="13101",
    name="渡邉　太郎",
    birth_date="1980-02-17",
    sex="1",
    address="東京都千代田区丸の内１−１",
)
OTHER_VALUES = {
    "name": "渡邊　太郎",
    "birth_date": "1980-02-18",
    "sex": "2",
    "address": "東京都千代田区丸の内１−２",
}


def refusal_of(*records: RegisterRecord) -> OpenJpkiError:
    with pytest.raises(OpenJpkiError) as refusal:
        check_existence(STATED, records)
    return refusal.value


@pytest.mark.requirement("R2.2.1")
def test_the_resident_with_these_attributes_exists() -> None:
    neighbour = replace(RECORD, resident_id="r2", name="渡邉　花子", sex="2")
    assert check_existence(STATED, [neighbour, RECORD]) is RECORD


def test_register_texts_are_compared_in_canonical_form() -> None:
    written_by_another_system = replace(
        RECORD, name="渡邉 太郎", address="東京都千代田区丸の内1\uff0d1"
    )
    assert check_existence(STATED, [written_by_another_system]).resident_id == "r1"


def test_a_resident_from_abroad_may_be_named_by_either_name() -> None:
    recorded = replace(RECORD, name="ＳＭＩＴＨ　ＪＯＨＮ", also_known_as="渡邉　太郎")
    assert check_existence(STATED, [recorded]) is recorded
    assert check_existence(STATED, [replace(recorded, name="渡邉　太郎", also_known_as="x")])
    assert refusal_of(replace(recorded, also_known_as="渡辺　太郎")).metadata == {"fields": "name"}


def test_a_variant_kanji_is_another_character() -> None:
    assert refusal_of(replace(RECORD, name="渡辺　太郎")).metadata == {"fields": "name"}


@pytest.mark.requirement("R2.2.1")
@given(st.sets(st.sampled_from(sorted(OTHER_VALUES)), min_size=1, max_size=2))
def test_every_differing_attribute_is_reported(fields: set[str]) -> None:
    changed = replace(RECORD, **{field: OTHER_VALUES[field] for field in fields})
    error = refusal_of(changed)
    assert error.reason is Reason.REGISTER_MISMATCH
    assert set(error.metadata["fields"].split(",")) == fields
    for value in ("渡", "1980", "丸の内"):
        assert value not in str(error)


@pytest.mark.requirement("R2.1.1")
@given(st.sets(st.sampled_from(sorted(OTHER_VALUES)), min_size=3, max_size=4))
def test_fewer_than_two_agreeing_attributes_are_nobody(fields: set[str]) -> None:
    changed = replace(RECORD, **{field: OTHER_VALUES[field] for field in fields})
    assert refusal_of(changed).reason is Reason.NOT_IN_REGISTER


@pytest.mark.requirement("R2.1.1")
def test_an_empty_answer_of_the_register() -> None:
    assert refusal_of().reason is Reason.NOT_IN_REGISTER


@pytest.mark.requirement("R1.3.3")
def test_another_municipality_register_does_not_count() -> None:
    assert refusal_of(replace(RECORD, municipality_code="13102")).reason is Reason.NOT_IN_REGISTER


def test_two_residents_alike_in_all_four() -> None:
    twin = replace(RECORD, resident_id="r2")
    assert refusal_of(RECORD, twin).reason is Reason.REGISTER_AMBIGUOUS


def test_the_same_record_twice_is_one_resident() -> None:
    assert check_existence(STATED, [RECORD, RECORD]).resident_id == "r1"


@given(st.permutations(range(3)))
def test_the_best_record_decides_whatever_the_order(order: list[int]) -> None:
    records = [
        replace(RECORD, resident_id="a", birth_date="1950-01-01", sex="2"),
        replace(RECORD, resident_id="b", address="東京都千代田区飯田橋１"),
        replace(RECORD, resident_id="c", sex="2"),
    ]
    error = refusal_of(*(records[place] for place in order))
    # b and c agree in three; where a person lives tells more than the sex.
    assert error.metadata == {"fields": "sex"}
    assert error.field == "attributes.sex"


def test_records_show_nothing() -> None:
    assert repr(RECORD) == "RegisterRecord(hidden)"
