"""What credentials of services and operators reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.domain.authority import BRIDGE, AuthorityId, all_authority_ids
from openjpki.domain.municipality import Municipality, all_prefectures
from openjpki.domain.served_scope import NATIONWIDE, OperatedScope, ServedScope
from openjpki.errors import OpenJpkiError

if TYPE_CHECKING:
    from collections.abc import Callable

TOKYO, OSAKA = AuthorityId.signing("13"), AuthorityId.signing("27")
MUNICIPALITIES = [one for prefecture in all_prefectures() for one in prefecture.municipalities]
CHIYODA, CHUO, SAKAI = Municipality("13101"), Municipality("13102"), Municipality("27140")


def test_a_prefecture_holds_its_municipalities_and_no_others() -> None:
    tokyo = ServedScope.of_municipalities("13")
    served = [one for one in MUNICIPALITIES if tokyo.serves_municipality(one)]
    assert served == [one for one in MUNICIPALITIES if one.code.startswith("13")]
    assert {one for one in all_authority_ids() if tokyo.serves_authority(one)} == {
        TOKYO,
        AuthorityId.parse("authentication-13"),
    }


def test_a_municipality_speaks_to_its_prefectures_authorities_for_itself() -> None:
    some = ServedScope.of_municipalities("13101.27")
    assert some.serves_municipality(CHIYODA)
    assert not some.serves_municipality(CHUO)
    assert some.serves_municipality(SAKAI)
    assert some.serves_authority(TOKYO)
    assert some.serves_authority(OSAKA)
    assert not some.serves_authority(AuthorityId.signing("01"))
    assert not some.serves_authority(BRIDGE)


def test_authorities_hold_those_named() -> None:
    some = ServedScope.of_authorities("bridge.signing-13")
    assert {one for one in all_authority_ids() if some.serves_authority(one)} == {BRIDGE, TOKYO}
    assert some.serves_municipality(CHIYODA)
    assert not some.serves_municipality(SAKAI)


@pytest.mark.parametrize("read", [ServedScope.of_municipalities, ServedScope.of_authorities])
def test_nationwide_holds_all(read: Callable[[str], ServedScope]) -> None:
    every = read(NATIONWIDE)
    assert every.everything
    assert all(every.serves_authority(one) for one in all_authority_ids())
    assert all(every.serves_municipality(one) for one in MUNICIPALITIES)


def test_an_operator_names_a_service_and_perhaps_authorities() -> None:
    assert OperatedScope.parse("ca").reach.everything
    some = OperatedScope.parse("ocsp.signing-13")
    assert some.service == "ocsp"
    assert some.reach.serves_authority(TOKYO)
    assert not some.reach.serves_authority(OSAKA)


@pytest.mark.parametrize(
    "text",
    ["", ".", "13.", ".13", "13.13", "27.13", "13.13101", "13102.13101", "1", "99", "13-27"],
)
def test_one_scope_has_one_spelling(text: str) -> None:
    with pytest.raises(OpenJpkiError):
        ServedScope.of_municipalities(text)


@pytest.mark.parametrize("text", ["", "13", "signing-13.signing-13", "signing-27.signing-13", "ca"])
def test_what_is_no_authority_is_refused(text: str) -> None:
    with pytest.raises(OpenJpkiError):
        ServedScope.of_authorities(text)
    with pytest.raises(OpenJpkiError):
        OperatedScope.parse(f"ca.{text}")


@given(st.sets(st.sampled_from(MUNICIPALITIES), min_size=1, max_size=20))
def test_exactly_the_municipalities_named_are_served(named: set[Municipality]) -> None:
    scope = ServedScope.of_municipalities(".".join(sorted(one.code for one in named)))
    assert {one for one in MUNICIPALITIES if scope.serves_municipality(one)} == named
