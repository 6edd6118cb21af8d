"""What status replicas are told (R4.1.2)."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import feed
from openjpki.storage.kernel.database import Database
from tests.integration.ca.test_revoking import revocation
from tests.support.ca_service import KAGAWA, TOYAMA, issue_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa


def follow(ca: RunningCa, after: int = 0) -> Iterator[ca_pb2.FollowResponse]:
    request = ca_pb2.FollowRequest(authority_id=TOYAMA, after_sequence=after)
    return iter(ca.feed().Follow(request, timeout=30))


def next_events(stream: Iterator[ca_pb2.FollowResponse]) -> list[ca_pb2.StatusEvent]:
    return next(list(message.events) for message in stream if message.events)


def test_snapshot_of_an_authority_without_certificates(ca: RunningCa) -> None:
    (message,) = ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA))
    assert message == ca_pb2.ReadSnapshotResponse(sequence=0)


def test_revocation_is_told_within_a_second_of_its_answer(ca: RunningCa, keys: Keys) -> None:
    stub, stream = ca.certificates(), follow(ca)
    assert next(stream).events == []
    issued = stub.IssueCertificate(issue_request(keys[0]))
    (event,) = next_events(stream)
    assert (event.sequence, event.serial) == (1, issued.serial)
    assert event.status == revocation_pb2.CERTIFICATE_STATUS_GOOD
    told: list[float] = []

    def listen() -> None:
        (event,) = next_events(stream)
        told.append(time.monotonic())
        assert event.status == revocation_pb2.CERTIFICATE_STATUS_REVOKED
        assert event.reason == 5

    listener = threading.Thread(target=listen)
    listener.start()
    answer = stub.RevokeCertificate(revocation(issued.serial))
    answered = time.monotonic()
    listener.join(10)
    assert answer.sequence == 2
    assert told[0] - answered < 1.0


def test_another_replicas_events_are_told_too(ca: RunningCa, keys: Keys) -> None:
    """Written past the service, as another process would."""
    ca.certificates().IssueCertificate(issue_request(keys[0]))
    stream = follow(ca, after=1)
    assert next(stream).head_sequence == 1
    other = Database(ca.settings.database.read_url())
    started = time.monotonic()
    with other.transaction() as tx:
        at = ca.service.ca.clock.now().replace(microsecond=0)
        feed.append(tx, AuthorityId.parse(TOYAMA), b"\x41", feed.Status.GOOD, reason_code=0, at=at)
    (event,) = next_events(stream)
    assert (event.sequence, event.serial) == (2, b"\x41")
    assert time.monotonic() - started < 1.0
    other.close()


def test_heartbeats_come_at_least_every_second(ca: RunningCa) -> None:
    stream = follow(ca)
    arrivals = []
    for _ in range(4):
        message = next(stream)
        assert message == ca_pb2.FollowResponse(head_sequence=0)
        arrivals.append(time.monotonic())
    gaps = [later - earlier for earlier, later in pairwise(arrivals)]
    assert max(gaps) < 1.0


def test_resumes_where_it_broke_off(ca: RunningCa, keys: Keys) -> None:
    stub = ca.certificates()
    for number in range(3):
        stub.IssueCertificate(issue_request(keys[number], person=str(number)))
    assert [event.sequence for event in next_events(follow(ca))] == [1, 2, 3]
    assert [event.sequence for event in next_events(follow(ca, after=2))] == [3]


@pytest.mark.parametrize("after", [1, 9])
def test_positions_that_cannot_be_followed_from(ca: RunningCa, keys: Keys, after: int) -> None:
    """Dropped events, and a position that this database has not reached."""
    stub = ca.certificates()
    for number in range(3):
        stub.IssueCertificate(issue_request(keys[number], person=str(number)))
    with ca.service.ca.database.transaction() as tx:
        feed.drop_events(tx, AuthorityId.parse(TOYAMA), 2)
    with pytest.raises(OpenJpkiError) as refusal:
        next(follow(ca, after=after))
    assert refusal.value.reason is Reason.FEED_POSITION_GONE


def test_unknown_authority(ca: RunningCa) -> None:
    with pytest.raises(OpenJpkiError) as snapshot:
        next(iter(ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id="signing-01"))))
    with pytest.raises(OpenJpkiError) as following:
        next(iter(ca.feed().Follow(ca_pb2.FollowRequest(authority_id="signing-01"))))
    assert snapshot.value.reason is following.value.reason is Reason.AUTHORITY_NOT_FOUND


def test_feeds_are_separate(ca: RunningCa, keys: Keys) -> None:
    stub = ca.certificates()
    stub.IssueCertificate(issue_request(keys[0], authority_id=KAGAWA, municipality_code="37201"))
    stream = follow(ca)
    stub.IssueCertificate(issue_request(keys[1]))
    (event,) = next_events(stream)
    assert event.sequence == 1


def test_nobody_misses_anything_while_others_write(ca: RunningCa, keys: Keys) -> None:
    """Snapshot, then events: together exactly what was issued and revoked, in one order."""
    stub = ca.certificates()
    stop = threading.Event()
    seen: list[int] = []

    def listen() -> None:
        for message in follow(ca):
            seen.extend(event.sequence for event in message.events)
            if stop.is_set() and seen and seen[-1] == message.head_sequence:
                return

    listener = threading.Thread(target=listen)
    listener.start()

    def live(number: int) -> None:
        issued = stub.IssueCertificate(issue_request(keys[number], person=str(number)))
        stub.RevokeCertificate(revocation(issued.serial))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(live, range(8)))
    stop.set()
    listener.join(20)
    assert seen == list(range(1, 17))


def test_stopping_the_service_ends_the_streams(ca: RunningCa) -> None:
    stream = follow(ca)
    next(stream)
    started = time.monotonic()
    stopper = threading.Thread(target=ca.service.server.stop)
    ca.service._stopping.set()
    stopper.start()
    for _ in stream:
        pass
    stopper.join(10)
    assert time.monotonic() - started < 5.0
