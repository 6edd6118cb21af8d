"""Whose authority it is: instances, fair shares, and the refusal that names the owner."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.domain.authority import AuthorityId, all_authority_ids
from openjpki.domain.lease import (
    Instance,
    fair_share,
    in_order_of_preference,
    not_the_owner,
)
from openjpki.errors import OpenJpkiError, Reason

TOKYO = AuthorityId.signing("13")


@pytest.mark.parametrize("name", ["ca-0", "ca-7d9f.example", "A", "x" * 63])
@pytest.mark.parametrize("address", ["127.0.0.1:7110", "[::1]:7110", "ca-0.ca.openjpki:7110"])
def test_an_instance_has_a_name_and_an_address(name: str, address: str) -> None:
    assert Instance(name, address).name == name


@pytest.mark.parametrize(
    ("name", "address", "field"),
    [
        ("", "127.0.0.1:7110", "name"),
        ("ca 0", "127.0.0.1:7110", "name"),
        ("-ca", "127.0.0.1:7110", "name"),
        ("x" * 64, "127.0.0.1:7110", "name"),
        ("ca-0", "127.0.0.1", "address"),
        ("ca-0", "dns:///ca:7110", "address"),
        ("ca-0", "ca 0:7110", "address"),
    ],
)
def test_what_is_no_instance_is_refused(name: str, address: str, field: str) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        Instance(name, address)
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, field)


@given(authorities=st.integers(0, 100), instances=st.integers(1, 50))
def test_shares_cover_every_authority_and_waste_none(authorities: int, instances: int) -> None:
    share = fair_share(authorities, instances)
    assert share * instances >= authorities
    assert (share - 1) * instances < authorities or share == 0


def test_the_refusal_says_who_the_owner_is() -> None:
    refusal = not_the_owner(TOKYO, Instance("ca-1", "10.0.0.7:7110"))
    assert refusal.reason is Reason.NOT_THE_OWNER
    assert refusal.reason.retryable
    assert refusal.metadata == {
        "authority": "signing-13",
        "owner": "ca-1",
        "owner_address": "10.0.0.7:7110",
    }
    assert "owner" not in not_the_owner(TOKYO, None).metadata


def test_instances_want_the_same_authorities_in_different_orders() -> None:
    mine = in_order_of_preference("ca-0", all_authority_ids())
    theirs = in_order_of_preference("ca-1", all_authority_ids())
    assert sorted(mine) == sorted(theirs) == sorted(all_authority_ids())
    assert mine != theirs
    assert mine == in_order_of_preference("ca-0", reversed(all_authority_ids()))
