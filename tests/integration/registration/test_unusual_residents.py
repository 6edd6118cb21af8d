"""Residents with names of one word or several, or births known in part, get certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.profiles.certified_person import read_certified_person
from tests.support.registration_service import form
from tests.support.unusual_residents import UNUSUAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.registration_service import Desk

BIRTHS = {"1950-03-00": "319500300", "1951-00-00": "319510000", "1989-01-00": "019890100"}


@pytest.mark.parametrize("person", UNUSUAL, ids=[one.resident_id for one in UNUSUAL])
def test_they_are_certified_as_the_register_has_them(
    desk: Desk,
    second_desk: Desk,
    fresh_request: Callable[[], bytes],
    person: SyntheticResident,
) -> None:
    application = desk.submit(person)
    assert application.attributes == form(person).attributes
    desk.check(application.application_id)
    desk.present(application.application_id, fresh_request())
    issued = second_desk.decide(application.application_id).application
    certified = read_certified_person(x509.load_der_x509_certificate(issued.certificate))
    assert certified.name == person.name
    assert certified.name_substitutions == "0" * len(person.name)
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
