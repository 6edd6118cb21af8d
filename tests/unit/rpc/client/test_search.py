"""Where a call is made again, by what was answered."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import grpc
import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.search import HOPS, PATIENCE, Search
from openjpki.rpc.grpc_failures import native_refusal

if TYPE_CHECKING:
    from collections.abc import Callable

GONE = native_refusal(grpc.StatusCode.UNAVAILABLE, "connection refused")


def owned_by(address: str, name: str = "ca-1") -> OpenJpkiError:
    return OpenJpkiError(Reason.NOT_THE_OWNER, "no", owner=name, owner_address=address)


def searched(search: Search, refused: OpenJpkiError, asked: str | None) -> OpenJpkiError:
    """How it ends when every attempt is answered in this way."""
    try:
        while True:
            assert search.next(refused, asked) is None
    except OpenJpkiError as error:
        return error


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, without waiting."""
    told: list[float] = []
    now = time.monotonic()
    monkeypatch.setattr(time, "sleep", told.append)
    monkeypatch.setattr(time, "monotonic", lambda: now + sum(told))
    return told


def test_the_owner_is_asked_at_once(pauses: list[float]) -> None:
    assert Search(30).next(owned_by("10.0.0.7:8443"), None) == "10.0.0.7:8443"
    assert Search(30).next(owned_by("[fd00::7]:8443"), None) == "[fd00::7]:8443"
    assert pauses == []


@pytest.mark.parametrize(
    "refused",
    [
        OpenJpkiError(Reason.NOT_THE_OWNER, "nobody is"),
        owned_by("unix:/run/somebody.sock"),
        owned_by("10.0.0.7"),
        owned_by("dns:///10.0.0.7:8443"),
        owned_by("10.0.0.7:8443", name=""),
        owned_by("10.0.0.1:8443"),
    ],
    ids=["nobody", "socket", "no port", "scheme", "no name", "itself"],
)
def test_without_an_owner_to_ask_it_begins_anew_after_a_pause(
    pauses: list[float], refused: OpenJpkiError
) -> None:
    assert Search(30).next(refused, "10.0.0.1:8443") is None
    assert len(pauses) == 1


def test_after_some_hops_there_is_a_pause(pauses: list[float]) -> None:
    search = Search(30)
    addresses = [f"10.0.0.{number}:8443" for number in range(HOPS + 1)]
    asked = [search.next(owned_by(address), None) for address in addresses]
    assert asked == [*addresses[:HOPS], None]
    assert len(pauses) == 1
    # After it, as many again.
    assert search.next(owned_by(addresses[0]), None) == addresses[0]


def test_an_owner_that_is_gone_is_searched_for_as_long_as_a_takeover_takes(
    pauses: list[float],
) -> None:
    assert searched(Search(300), GONE, "10.0.0.7:8443") is GONE
    assert 10 < sum(pauses) <= PATIENCE


def test_the_deadline_ends_it_before(pauses: list[float]) -> None:
    search = Search(1)
    refused = searched(search, OpenJpkiError(Reason.NOT_THE_OWNER, "nobody is"), None)
    assert refused.reason is Reason.SERVICE_UNAVAILABLE
    assert refused.metadata == {}
    assert sum(pauses) < 1
    left = search.left()
    assert left is not None
    assert 0 < left < 1


def test_where_nobody_answers_at_all_it_is_tried_once_more(pauses: list[float]) -> None:
    search = Search(30)
    assert search.next(GONE, None) is None
    with pytest.raises(OpenJpkiError) as refused:
        search.next(GONE, None)
    assert refused.value is GONE
    assert len(pauses) == 1


@pytest.mark.parametrize(
    "answer",
    [
        lambda: OpenJpkiError(Reason.ALREADY_REVOKED, "was revoked"),
        # The service itself said so: it has its own reasons, and its own retries.
        lambda: OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "no database"),
        lambda: native_refusal(grpc.StatusCode.DEADLINE_EXCEEDED, ""),
    ],
)
def test_anything_else_is_the_answer(
    pauses: list[float], answer: Callable[[], OpenJpkiError]
) -> None:
    refusal = answer()
    for asked in (None, "10.0.0.7:8443"):
        with pytest.raises(OpenJpkiError) as refused:
            Search(30).next(refusal, asked)
        assert refused.value is refusal
    assert pauses == []
