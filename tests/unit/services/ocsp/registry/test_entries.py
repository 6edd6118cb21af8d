"""The registry in memory."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openjpki.domain.agreements import Way
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.registry.apart import require_apart
from openjpki.services.ocsp.registry.entries import Registry
from openjpki.storage.ocsp.verifiers import VerifierRecord
from tests.support.agreed import BEGINS, agreement

TOKYO = AuthorityId.signing("13")


def record(name: str, *networks: str) -> VerifierRecord:
    return VerifierRecord(
        verifier_id=name,
        display_name=name,
        authority_ids=frozenset({TOKYO}),
        request_signers=frozenset(),
        closed_networks=frozenset(networks),
        registered_at=datetime(2026, 4, 1, tzinfo=UTC),
    )


def test_one_network_that_cannot_be_read_shuts_nobody_else_out() -> None:
    registry = Registry([record("a", "no network", "192.0.2.0/24"), record("b", "198.51.100.0/24")])
    closed = [str(one) for each in registry.by_id.values() for one in each.networks]
    assert closed == ["192.0.2.0/24", "198.51.100.0/24"]


def test_what_changed_is_of_some_and_the_others_stay() -> None:
    before = Registry(
        [record("a"), record("b"), record("c")], [agreement("a").held, agreement("b").held]
    )
    both = [agreement("a").held, agreement("a", version=2).held]
    after, differ = before.changed({"a", "b", "d"}, [record("a"), record("d")], both)
    assert differ == {"a", "b", "d"}
    assert {name: len(one.agreements) for name, one in after.by_id.items()} == {
        "a": 2,
        "c": 0,
        "d": 0,
    }
    assert after.by_id["c"] is before.by_id["c"]
    # Read again and the same: it stays the one that it is.
    again, differ = after.changed({"a"}, [record("a")], both)
    assert (again, differ) == (after, frozenset())


@pytest.mark.parametrize(
    ("network", "other", "overlaps"),
    [
        ("10.1.0.0/16", "10.0.0.0/8", True),
        ("10.0.0.0/8", "10.1.0.0/16", True),
        ("10.1.0.0/16", "10.1.0.0/16", True),
        ("10.1.0.0/16", "10.2.0.0/16", False),
        ("2001:db8::/32", "2001:db8:1::/48", True),
        ("2001:db8::/32", "32.1.13.184/32", False),
        ("10.1.0.0/16", "no network", False),
    ],
)
def test_networks_of_two_verifiers_have_no_address_in_common(
    network: str, other: str, overlaps: bool
) -> None:
    if not overlaps:
        require_apart([network], [other])
        return
    with pytest.raises(OpenJpkiError) as refusal:
        require_apart([network], ["192.0.2.0/24", other])
    assert refusal.value.field == "verifier.closed_networks"


@pytest.mark.requirement("R4.3", refuses=True)
def test_an_entry_alone_lets_nobody_ask() -> None:
    """Nor does an agreement with an authority that the entry does not name."""
    other = AuthorityId.signing("14")
    agreed = [agreement("b", TOKYO).held, agreement("a", other).held]
    registry = Registry([record("a"), record("b")], agreed)
    registry.require("b", TOKYO, Way.GRPC, BEGINS)
    for verifier, authority in (("a", TOKYO), ("a", other)):
        with pytest.raises(OpenJpkiError) as refusal:
            registry.require(verifier, authority, Way.GRPC, BEGINS)
        assert refusal.value.reason is Reason.OUT_OF_SCOPE
    with pytest.raises(OpenJpkiError) as refusal:
        registry.require("c", TOKYO, Way.GRPC, BEGINS)
    assert refusal.value.reason is Reason.UNKNOWN_VERIFIER
