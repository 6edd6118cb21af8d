"""What SubmitApplication refuses: why, over which fields, and that nothing else is left of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openjpki.errors import OpenJpkiError, Reason
from tests.support.ca_service import person_key, request_of
from tests.support.registration_service import TAKAMATSU, TAKAOKA, TOYAMA_CITY

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.registration_service import Desk, People, RunningRegistration

OUTSIDE = "高\u9ad9"[1]  # 髙, in neither JIS X 0208 nor 0212
BIDI = "\u202e"


def refused(
    registration: RunningRegistration,
    desk: Desk,
    person: SyntheticResident,
    reason: Reason,
    fields: str | None,
    **changes: Any,
) -> OpenJpkiError:
    """The refusal; checks that all it left is one entry in the journal that names no value."""
    rows, acts = registration.row_counts(), len(registration.journal())
    asked = desk.signed_form(person, **changes)
    with pytest.raises(OpenJpkiError) as refusal:
        desk.stub.SubmitApplication(asked)
    assert refusal.value.reason is reason, refusal.value
    assert registration.row_counts() == rows
    (entry,) = registration.journal(after=acts)
    assert (entry.act, entry.subject) == ("call.refused", asked.request_id)
    assert entry.details["reason"] == reason.name
    if fields is not None:
        assert entry.details["fields"] == fields
    told = f"{refusal.value} {refusal.value.metadata} {entry}"
    for private in (person.name, person.birth_date, person.address, person.romanised_name):
        assert private not in told
    return refusal.value


@pytest.mark.requirement("R2.1.1", refuses=True)
def test_who_is_not_in_the_register(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    refusal = refused(
        registration,
        desk,
        person,
        Reason.NOT_IN_REGISTER,
        "attributes",
        name="別府\u3000太郎",
        birth_date="1911-01-01",
        address="富山県富山市居無町１番地",
    )
    assert refusal.field == "attributes"


@pytest.mark.requirement("R2.2.1")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "架空\u3000違子"),
        ("birth_date", "1949-12-31"),
        ("sex", 1),
        ("address", "富山県富山市架空町９９９番地"),
    ],
)
def test_a_difference_is_told_by_its_field(
    registration: RunningRegistration,
    desk: Desk,
    person: SyntheticResident,
    field: str,
    value: Any,
) -> None:
    refusal = refused(registration, desk, person, Reason.REGISTER_MISMATCH, field, **{field: value})
    assert refusal.metadata["fields"] == field
    assert refusal.field == f"attributes.{field}"
    assert refusal.label is not None


@pytest.mark.requirement("R2.2.1")
def test_every_differing_field_is_told(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    refusal = refused(
        registration,
        desk,
        person,
        Reason.REGISTER_MISMATCH,
        "birth_date,sex",
        birth_date="1949-12-31",
        sex=1,
    )
    assert refusal.metadata["fields"] == "birth_date,sex"
    assert [label.ja for label in refusal.labels.values()] == ["基本4情報", "生年月日", "性別"]


@pytest.mark.requirement("R2.5.4", refuses=True)
def test_a_name_outside_the_repertoire_with_what_to_choose_from(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    refusal = refused(
        registration,
        desk,
        person,
        Reason.NAME_NOT_IN_REPERTOIRE,
        "name",
        name=f"{OUTSIDE}橋\u3000花子",
    )
    assert refusal.field == "attributes.name"
    assert refusal.metadata["position"] == "1"
    assert "高" in refusal.metadata["candidates"]


@pytest.mark.parametrize("control", [BIDI, "\u200b", "\ufeff", "\n"])
@pytest.mark.parametrize("field", ["name", "address"])
def test_controls_in_texts(
    registration: RunningRegistration,
    desk: Desk,
    person: SyntheticResident,
    field: str,
    control: str,
) -> None:
    text = getattr(person, field)
    refusal = refused(
        registration,
        desk,
        person,
        Reason.FORBIDDEN_CHARACTER,
        field,
        **{field: f"{text[:5]}{control}{text[5:]}"},
    )
    assert refusal.metadata["code_point"] == f"U+{ord(control):04X}"


@pytest.mark.parametrize("field", ["name", "address"])
def test_a_nul_is_refused_at_the_door_on_either_database(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident, field: str
) -> None:
    text = getattr(person, field)
    asked = desk.signed_form(person, **{field: f"{text[:5]}\0{text[5:]}"})
    rows = registration.row_counts()
    with pytest.raises(OpenJpkiError) as refusal:
        desk.stub.SubmitApplication(asked)
    assert refusal.value.reason is Reason.INVALID_FIELD
    assert refusal.value.field == f"attributes.{field}"
    assert registration.row_counts() == rows


@pytest.mark.parametrize("day", ["2001-02-29", "1980-13-01", "1980-00-10", "1981-04-31"])
def test_days_that_do_not_exist(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident, day: str
) -> None:
    refusal = refused(
        registration, desk, person, Reason.DATE_DOES_NOT_EXIST, "birth_date", birth_date=day
    )
    assert refusal.field == "attributes.birth_date"


@pytest.mark.parametrize("day", ["1867-12-31", "2999-01-01"])
def test_days_on_which_no_applicant_was_born(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident, day: str
) -> None:
    refused(registration, desk, person, Reason.INVALID_FIELD, "birth_date", birth_date=day)


@pytest.mark.requirement("R2.1.2", refuses=True)
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "架空　　愛子"}, "name"),
        ({"address": "富山県高岡市架空町１番地"}, "address"),
        ({"address": "〒９３０−０００１富山県富山市架空町１番地"}, "address"),
        ({"romanised_name": "KAKUU  AIKO"}, "romanised_name"),
    ],
)
def test_forms_filled_in_wrongly(
    registration: RunningRegistration,
    desk: Desk,
    person: SyntheticResident,
    changes: dict[str, str],
    field: str,
) -> None:
    refused(registration, desk, person, Reason.INVALID_FIELD, field, **changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"romanised_name": "架空 愛子"}, "romanised_name"),
        ({"romanised_name": ""}, "romanised_name"),
        ({"birth_date": "1980/01/01"}, "attributes.birth_date"),
        ({"sex": 0}, "attributes.sex"),
        ({"sex": 7}, "attributes.sex"),
        ({"name": ""}, "attributes.name"),
        ({"address": "あ" * 201}, "attributes.address"),
        ({"window_id": "16201001"}, "window_id"),
        ({"request_id": "1"}, "request_id"),
    ],
)
def test_rules_of_the_contract(
    registration: RunningRegistration,
    desk: Desk,
    person: SyntheticResident,
    changes: dict[str, Any],
    field: str,
) -> None:
    rows, acts = registration.row_counts(), len(registration.journal())
    with pytest.raises(OpenJpkiError) as refusal:
        desk.submit(person, **changes)
    assert refusal.value.reason is Reason.INVALID_FIELD
    assert refusal.value.field == field
    assert registration.row_counts() == rows
    assert len(registration.journal()) == acts


def test_a_window_of_another_municipality(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    refused(
        registration, desk, person, Reason.OUT_OF_SCOPE, "window_id", window_id=f"{TAKAOKA}001A"
    )


@pytest.mark.requirement("R1.3.3", refuses=True)
@pytest.mark.parametrize("other", [TAKAOKA, TAKAMATSU])
def test_an_officer_of_another_municipality(
    registration: RunningRegistration, person: SyntheticResident, other: str
) -> None:
    stranger = registration.desk("officer-1", other)
    rows = registration.row_counts()
    with pytest.raises(OpenJpkiError) as refusal:
        stranger.submit(person)
    assert refusal.value.reason is Reason.OUT_OF_SCOPE
    assert refusal.value.field == "municipality_code"
    assert registration.row_counts() == rows


@pytest.mark.requirement("R1.3.3", refuses=True)
def test_a_resident_of_another_municipality(
    registration: RunningRegistration, desk: Desk, people: People
) -> None:
    elsewhere = people.another(TAKAOKA)
    rows = registration.row_counts()
    with pytest.raises(OpenJpkiError) as refusal:
        desk.submit(elsewhere, municipality_code=TOYAMA_CITY, window_id=f"{TOYAMA_CITY}001A")
    assert refusal.value.field == "attributes.address"
    # Nor does this register know them under an address that could be here.
    with pytest.raises(OpenJpkiError) as refusal:
        desk.submit(
            elsewhere,
            municipality_code=TOYAMA_CITY,
            window_id=f"{TOYAMA_CITY}001A",
            address=elsewhere.address.replace("高岡市", "富山市"),
            birth_date="1911-01-01",
            name="別府\u3000太郎",
        )
    assert refusal.value.reason in {Reason.NOT_IN_REGISTER, Reason.REGISTER_MISMATCH}
    assert registration.row_counts() == rows


@pytest.mark.requirement("R2.4.2", refuses=True)
def test_a_second_application_while_one_is_open(
    registration: RunningRegistration, desk: Desk, second_desk: Desk, person: SyntheticResident
) -> None:
    desk.submit(person)
    refused(registration, desk, person, Reason.APPLICATION_OPEN, None)
    refused(registration, second_desk, person, Reason.APPLICATION_OPEN, None)


@pytest.mark.requirement("R2.4.2", refuses=True)
def test_a_second_live_certificate(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    application_id = desk.submit(person).application_id
    desk.check(application_id)
    desk.present(application_id, request_of(person_key()))
    second_desk.decide(application_id)
    refused(registration, desk, person, Reason.LIVE_CERTIFICATE_EXISTS, None)
