"""What breaks the feed's contract is refused whole, and nothing fills a replica's memory."""

from __future__ import annotations

from datetime import UTC, datetime
from time import monotonic
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.config.clock import SystemClock
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.status import feed_follower
from openjpki.services.ocsp.status.conversions import news_of, snapshot_page
from openjpki.services.ocsp.status.events import SnapshotNeededError, take_events
from openjpki.services.ocsp.status.snapshot import load_snapshot
from openjpki.services.ocsp.status.statuses import AuthorityStatus, Position
from openjpki.telemetry.metrics import REGISTRY
from tests.support.ocsp_service import until
from tests.support.status_bounds import bounds
from tests.support.told_feeds import (
    MOST,
    TOKYO,
    A,
    B,
    Ca,
    following,
    gone,
    page,
    sequence_of,
    status_of,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def broken(**columns: Any) -> ca_pb2.ReadSnapshotResponse:
    message = page(1, (A, 1, 0, 0), (B, 1, 0, 0))
    for name, column in columns.items():
        message.ClearField(name)  # type: ignore[arg-type]
        message.MergeFrom(ca_pb2.ReadSnapshotResponse(**{name: column}))
    return message


@pytest.mark.parametrize(
    "pages",
    [
        [],
        [page(1, (A, 1, 0, 0)), page(2, (B, 1, 0, 0))],
        [page(1, (A, 1, 0, 0)), broken(digest=b"\x01" * 32)],
        [page(1, (A, 3, 0, 0))],
        [page(1, (b"\xff" * 20, 1, 0, 0))],
        [page(1, (b"", 1, 0, 0))],
        [page(1, (A, 2, 8, 5))],
        [broken(serials=[A])],
        [broken(statuses=b"\1")],
        [broken(generations=[1])],
        [broken(generations=[1, 0])],
        [broken(generations=[1, 65536])],
        [broken(not_after=[1])],
        [broken(not_after=[1, -1])],
        [broken(revoked_at=[])],
    ],
)
def test_snapshot_that_breaks_the_contract_is_refused(
    pages: list[ca_pb2.ReadSnapshotResponse],
) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        load_snapshot((snapshot_page(one) for one in pages), MOST)
    assert refusal.value.reason is Reason.INTERNAL


@pytest.mark.parametrize(
    "event",
    [
        ca_pb2.StatusEvent(sequence=2, serial=A, status=1, generation=0),  # type: ignore[arg-type]
        ca_pb2.StatusEvent(sequence=2, serial=A, status=300, generation=1),  # type: ignore[arg-type]
        ca_pb2.StatusEvent(sequence=2, serial=A, status=2, reason=256, generation=1),  # type: ignore[arg-type]
        ca_pb2.StatusEvent(sequence=2, serial=b"", status=1, generation=1),  # type: ignore[arg-type]
    ],
    ids=["generation", "status", "reason", "serial"],
)
def test_event_that_breaks_the_contract_changes_nothing(event: ca_pb2.StatusEvent) -> None:
    message = told(2)
    message.feeds[0].events.append(event)
    status = AuthorityStatus(TOKYO, SystemClock(), bounds())
    loaded = load_snapshot([snapshot_page(page(1))], MOST)
    before = status.position = Position(loaded.index, 1, 0.0, datetime.now(UTC))

    def take() -> None:
        for news in news_of(message):
            take_events(status, news, datetime.now(UTC), MOST)

    with pytest.raises(SnapshotNeededError):
        take()
    assert status.position is before
    assert len(loaded.index) == 0


@pytest.mark.requirement("R4.1.1", refuses=True)
def test_a_feed_of_no_authority_keeps_no_other_from_being_heard() -> None:
    message = told(7)
    message.feeds.insert(0, ca_pb2.FeedProgress(authority_id="signing-99", head_sequence=1))
    assert [(one.authority_id, one.head) for one in news_of(message)] == [(TOKYO, 7)]


@pytest.mark.parametrize("seconds", [-(2**62), 2**62])
def test_a_moment_that_can_not_be_is_refused(seconds: int) -> None:
    message = told(1)
    message.as_of.seconds = seconds
    with pytest.raises(OpenJpkiError) as refusal:
        next(news_of(message))
    assert refusal.value.reason is Reason.INTERNAL


def ignored(*_args: object, **_facts: object) -> None:
    pass


def refused_for_size() -> float:
    labels = {"authority": str(TOKYO)}
    return REGISTRY.get_sample_value("openjpki_snapshots_too_large_total", labels) or 0.0


def test_an_endless_snapshot_is_refused_and_what_is_known_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever has ca's credential sends the same page for ever."""
    monkeypatch.setattr(feed_follower, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(feed_follower, "TOO_LARGE_SECONDS", 0.01)
    sent: list[int] = []

    def endless() -> Iterator[ca_pb2.ReadSnapshotResponse]:
        while True:
            sent.append(1)
            yield page(9, (B, 2, 1, 77))

    before = refused_for_size()
    ca = Ca(
        [[page(3, (A, 1, 0, 0))], endless(), endless(), [page(11, (A, 2, 5, 7))]],
        [[told(3), gone(TOKYO)], [told(11)]],
    )
    logged: list[dict[str, str]] = []
    log = SimpleNamespace(
        error=lambda _event, **facts: logged.append(facts), info=ignored, warning=ignored
    )
    monkeypatch.setattr(feed_follower, "_log", log)
    with following(ca) as [one]:
        until(lambda: refused_for_size() == before + 2)
        # Each was left when it had one row more than is taken.
        assert len(sent) == 2 * (MOST + 1)
        until(lambda: sequence_of(one) == 11)
        assert status_of(one, A) == (CertificateStatus.REVOKED, 5, 7)
        assert status_of(one, B)[0] == CertificateStatus.UNKNOWN
    assert [each["setting"] for each in logged] == ["ocsp.most_certificates"] * 2


def test_a_snapshot_that_is_refused_is_asked_for_again_later_and_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each costs ca as much as one that is taken. The next one after one that is taken is early."""
    refused: list[int] = []

    def pause(times: int) -> float:
        refused.append(times)
        return 0.0 if len(refused) < 3 else 600.0

    monkeypatch.setattr(feed_follower, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(feed_follower, "REFUSED_PAUSE", pause)
    wrong = [page(9, (A, 2, 7, 5))]

    def at_its_end() -> Iterator[ca_pb2.ReadSnapshotResponse]:
        yield page(9, (A, 1, 0, 0))
        raise OpenJpkiError(Reason.STORED_UNREADABLE, "a row of revocations can't be read")

    ca = Ca([wrong, at_its_end(), [page(3, (A, 1, 0, 0))], wrong, []], [[told(3), gone(TOKYO)]])
    with following(ca) as [one]:
        until(lambda: refused == [1, 2, 1])
        assert sequence_of(one) == 3
        (feed,) = ca.followers[-1]._feeds.values()
        until(lambda: feed.not_before > monotonic() + 300)
        assert len(ca.snapshots_read) == 4


@pytest.mark.parametrize("first", [[], [page(9, (A, 1, 0, 0))]], ids=["nothing", "rows"])
def test_a_snapshot_of_empty_pages_has_an_end(first: list[ca_pb2.ReadSnapshotResponse]) -> None:
    """They pass no bound, and would hold a thread for ever."""
    sent: list[int] = []

    def endless() -> Iterator[ca_pb2.ReadSnapshotResponse]:
        yield from first
        while len(sent) < 100:
            sent.append(1)
            yield page(9)

    with pytest.raises(OpenJpkiError, match="after a page without rows") as refusal:
        load_snapshot(map(snapshot_page, endless()), MOST)
    assert refusal.value.reason is Reason.INTERNAL
    assert len(sent) == 2
    # One that is the last is none of those: an authority without certificates has it alone.
    assert load_snapshot(map(snapshot_page, [*first, page(9)]), MOST).sequence == 9


def test_events_fill_no_memory_either() -> None:
    # The index holds one message more than is taken at most.
    rows = [(bytes([number]), 1, 0, 0) for number in range(1, MOST + 1)]
    events = [(number, bytes([number]), 1) for number in range(MOST + 1, MOST + 4)]
    loaded = load_snapshot([snapshot_page(page(MOST, *rows))], MOST)
    status = AuthorityStatus(TOKYO, SystemClock(), bounds())
    status.position = Position(loaded.index, MOST, monotonic(), datetime.now(UTC))

    def take(*some: tuple[int, bytes, int]) -> None:
        for news in news_of(told(some[-1][0], *some)):
            take_events(status, news, datetime.now(UTC), MOST)

    take(events[0])
    with pytest.raises(SnapshotNeededError, match=f"more than {MOST}"):
        take(*events[1:])
    assert status_of(status, bytes([MOST + 1]))[0] == CertificateStatus.GOOD
    assert status_of(status, bytes([MOST + 2]))[0] == CertificateStatus.UNKNOWN
