"""Residents with unusual names, a second name, births known in part or rare characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from openjpki.api.types.v1.person_pb2 import Substitute
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.profiles.certified_person import read_certified_person
from tests.support.unusual_residents import UNUSUAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.registration_service import Desk

CHOSEN: dict[str, dict[str, Any]] = {
    "架空　髙𠮷": {
        "name_substitutes": [Substitute(position=4, text="高"), Substitute(position=5, text="ヨシ")]
    },
    "架空　直樹\U000e0102": {"name_substitutes": [Substitute(position=5, text="樹")]},
    "富山県富山市髙架空町１番地": {"address_substitutes": [Substitute(position=7, text="高")]},
}
CERTIFIED = {
    "架空　髙𠮷": ("架空　高ヨシ", "000111"),
    "架空　直樹\U000e0102": ("架空　直樹", "00001"),
    "富山県富山市髙架空町１番地": ("富山県富山市高架空町１番地", "0000001000000"),
}
BIRTHS = {"1950-03-00": "319500300", "1951-00-00": "319510000", "1989-01-00": "019890100"}


@pytest.mark.requirement("R2.1.1b", "R2.5.4", "R2.5.5")
@pytest.mark.parametrize("person", UNUSUAL, ids=[one.resident_id for one in UNUSUAL])
def test_they_are_certified_as_the_register_has_them(
    desk: Desk,
    second_desk: Desk,
    fresh_request: Callable[[], bytes],
    person: SyntheticResident,
) -> None:
    stated = person.also_known_as or person.name
    asked = CHOSEN.get(stated, {}) | CHOSEN.get(person.address, {})
    application = desk.submit(person, name=stated, **asked)
    assert application.registered_name == stated
    assert application.registered_address == person.address
    desk.check(application.application_id)
    desk.present(application.application_id, fresh_request())
    issued = second_desk.decide(application.application_id).application
    certified = read_certified_person(x509.load_der_x509_certificate(issued.certificate))
    name, name_mask = CERTIFIED.get(stated, (stated, "0" * len(stated)))
    address, address_mask = CERTIFIED.get(
        person.address, (person.address, "0" * len(person.address))
    )
    assert (certified.name, certified.name_substitutions) == (name, name_mask)
    assert (certified.address, certified.address_substitutions) == (address, address_mask)
    assert (issued.attributes.name, issued.attributes.address) == (name, address)
    assert issued.substitutions.name == name_mask
    assert issued.substitutions.address == address_mask
    birth = BIRTHS.get(person.birth_date)
    assert birth is None or certified.birth_date == birth


@pytest.mark.requirement("R2.2.1")
def test_a_birth_known_in_part_is_no_other(desk: Desk, person: SyntheticResident) -> None:
    """Whose day the register does not know has none, and whose day it knows has that one."""
    (unknown,) = [one for one in UNUSUAL if one.birth_date == "1951-00-00"]
    for who, stated in ((unknown, "1951-01-01"), (person, f"{person.birth_date[:4]}-00-00")):
        with pytest.raises(OpenJpkiError) as refused:
            desk.submit(who, birth_date=stated)
        assert refused.value.reason is Reason.REGISTER_MISMATCH
        assert refused.value.metadata["fields"] == "birth_date"


@pytest.mark.requirement("R2.5.4", refuses=True)
def test_who_has_not_chosen_is_told_from_what(desk: Desk) -> None:
    (person,) = [one for one in UNUSUAL if one.name == "架空　髙𠮷"]
    with pytest.raises(OpenJpkiError) as refused:
        desk.submit(person)
    assert refused.value.reason is Reason.NAME_NOT_IN_REPERTOIRE
    assert (refused.value.field, refused.value.metadata["position"]) == ("attributes.name", "4")
    assert "高" in refused.value.metadata["candidates"]
