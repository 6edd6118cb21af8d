"""What an officer with a signing key is called."""

from __future__ import annotations

import pytest

from openjpki.domain.authority import BRIDGE, AuthorityId
from openjpki.domain.municipality import Municipality
from openjpki.domain.officers import Officer, OfficerRole
from openjpki.errors import OpenJpkiError, Reason


@pytest.mark.parametrize(
    ("text", "municipality", "authority_id"),
    [
        ("window-officer/13101/tanaka", Municipality("13101"), None),
        ("governor-officer/signing-13/mori.a", None, AuthorityId.signing("13")),
        ("bridge-officer/bridge/ito_2", None, BRIDGE),
        ("key-generator/13101/counter-1", Municipality("13101"), None),
    ],
)
def test_an_officer_is_of_a_place(
    text: str, municipality: Municipality | None, authority_id: AuthorityId | None
) -> None:
    officer = Officer.parse(text)
    assert str(officer) == text
    assert officer.role is OfficerRole(text.split("/", maxsplit=1)[0])
    assert (officer.municipality, officer.authority_id) == (municipality, authority_id)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.INVALID_FIELD),
        ("window-officer/13101", Reason.INVALID_FIELD),
        ("window-officer/13101/tanaka/x", Reason.INVALID_FIELD),
        ("operator/ca/tanaka", Reason.INVALID_FIELD),
        ("window-officer/99999/tanaka", Reason.UNKNOWN_MUNICIPALITY),
        ("window-officer/131016/tanaka", Reason.INVALID_FIELD),
        ("window-officer/signing-13/tanaka", Reason.INVALID_FIELD),
        ("window-officer/13101/Tanaka", Reason.INVALID_FIELD),
        ("window-officer/13101/", Reason.INVALID_FIELD),
        ("governor-officer/13/mori", Reason.INVALID_FIELD),
        ("governor-officer/signing-48/mori", Reason.INVALID_FIELD),
        ("governor-officer/bridge/mori", Reason.INVALID_FIELD),
        ("bridge-officer/signing-13/ito", Reason.INVALID_FIELD),
        ("key-generator/signing-13/counter-1", Reason.INVALID_FIELD),
    ],
)
def test_what_is_no_officer_is_refused(text: str, reason: Reason) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        Officer.parse(text, field="officer")
    assert (refused.value.reason, refused.value.field) == (reason, "officer")


def test_no_officer_of_a_place_that_is_not_can_be_made() -> None:
    account = Officer.parse("bridge-officer/bridge/ito").account
    with pytest.raises(OpenJpkiError):
        Officer(OfficerRole.WINDOW_OFFICER, "bridge", account)
    with pytest.raises(OpenJpkiError):
        Officer(OfficerRole.GOVERNOR_OFFICER, "bridge", account)
