"""Connections to owners: one each, kept, and not for ever."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.owners import KEPT, OwnerConnections


class Connection:
    """In place of one that TLS is spoken over."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Made(list[Connection]):
    """Every connection that was opened."""

    def open(self, address: str) -> Connection:
        self.append(Connection(address))
        return self[-1]


@pytest.fixture
def made() -> Made:
    return Made()


@pytest.fixture
def owners(made: Made) -> OwnerConnections:
    return OwnerConnections(made.open)  # type: ignore[arg-type]


def use(owners: OwnerConnections, number: int) -> None:
    with owners.to(f"10.0.0.{number}:8443"):
        pass


def test_one_connection_serves_all_calls_to_an_instance(
    owners: OwnerConnections, made: Made
) -> None:
    with owners.to("10.0.0.1:8443") as first, owners.to("10.0.0.1:8443") as second:
        assert first is second
    use(owners, 1)
    assert len(made) == 1
    assert not made[0].closed


def test_instances_that_went_are_forgotten_the_oldest_first(
    owners: OwnerConnections, made: Made
) -> None:
    for number in range(KEPT):
        use(owners, number)
    use(owners, 0)
    use(owners, KEPT)
    assert [one.address for one in made if one.closed] == ["10.0.0.1:8443"]


def test_a_connection_with_a_call_on_it_stays(owners: OwnerConnections, made: Made) -> None:
    with ExitStack() as calls:
        for number in range(KEPT + 3):
            calls.enter_context(owners.to(f"10.0.0.{number}:8443"))
        assert not any(one.closed for one in made)
    assert sum(one.closed for one in made) == 3


def test_closing_ends_them_all(owners: OwnerConnections, made: Made) -> None:
    with owners.to("10.0.0.1:8443"):
        use(owners, 2)
        owners.close()
    assert all(one.closed for one in made)
    with pytest.raises(OpenJpkiError) as refused, owners.to("10.0.0.1:8443"):
        pass
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE


def test_where_a_call_went_is_known_by_method_and_subject(owners: OwnerConnections) -> None:
    owners.learn("/Issue", "signing-13", "10.0.0.1:8443")
    assert owners.last_asked("/Issue", "signing-13") == "10.0.0.1:8443"
    assert owners.last_asked("/Issue", "signing-14") is None
    assert owners.last_asked("/Revoke", "signing-13") is None
    owners.learn("/Issue", "signing-13", None)
    assert owners.last_asked("/Issue", "signing-13") is None
