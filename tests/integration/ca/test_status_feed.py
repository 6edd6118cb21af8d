"""What status replicas are told (R4.1.2)."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from sqlalchemy import literal, update
from sqlalchemy.types import NullType

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import reason_pb2, revocation_pb2
from openjpki.domain import feed_digest
from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import KEPT_AFTER_END, CertificateStatus
from openjpki.domain.status_event import NewEvent
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.status import follow as following_feeds
from openjpki.storage.ca import feed
from openjpki.storage.ca.tables import feeds
from openjpki.storage.kernel.database import Database
from tests.integration.ca.test_revoking import revocation
from tests.support.ca_service import KAGAWA, TOYAMA, issue_request
from tests.support.measured import assert_within
from tests.support.mesh import SettableClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa


def follow(ca: RunningCa, after: int = 0) -> Iterator[ca_pb2.FeedProgress]:
    """What is said of one authority."""
    for message in follow_all(ca, {TOYAMA: after}):
        (progress,) = message.feeds
        yield progress


def follow_all(ca: RunningCa, positions: dict[str, int]) -> Iterator[ca_pb2.FollowResponse]:
    request = ca_pb2.FollowRequest(
        positions=[
            ca_pb2.FeedPosition(authority_id=one, after_sequence=after)
            for one, after in positions.items()
        ]
    )
    return iter(ca.feed().Follow(request, timeout=200))


def next_events(stream: Iterator[ca_pb2.FeedProgress]) -> list[ca_pb2.StatusEvent]:
    return next(list(message.events) for message in stream if message.events)


def test_snapshot_of_an_authority_without_certificates(ca: RunningCa) -> None:
    (message,) = ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA))
    assert message == ca_pb2.ReadSnapshotResponse(sequence=0, digest=feed_digest.START)


def test_revocation_is_told_within_a_second_of_its_answer(ca: RunningCa, keys: Keys) -> None:
    stub, stream = ca.certificates(), follow(ca)
    assert next(stream).events == []
    numbers, unused = itertools.count(1), iter(keys)

    def revoked() -> float:
        """For how long it was not told."""
        issued = stub.IssueCertificate(issue_request(next(unused)))
        (event,) = next_events(stream)
        assert (event.sequence, event.serial) == (next(numbers), issued.serial)
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
        listener.join(90)
        assert answer.sequence == next(numbers)
        return told[0] - answered

    assert_within(1.0, revoked)


def test_another_replicas_events_are_told_too(ca: RunningCa, keys: Keys) -> None:
    """Written past the service, as another process would."""
    ca.certificates().IssueCertificate(issue_request(keys[0]))
    stream = follow(ca, after=1)
    assert next(stream).head_sequence == 1
    other = Database(ca.settings.database.read_url())
    numbers = itertools.count(2)

    def appended() -> float:
        """For how long it was not told."""
        number = next(numbers)
        started = time.monotonic()
        with other.transaction() as tx:
            at = ca.service.ca.clock.now().replace(microsecond=0)
            event = NewEvent(
                serial=bytes([number]),
                generation=1,
                not_after=at + timedelta(days=1),
                status=CertificateStatus.GOOD,
                at=at,
            )
            feed.append(tx, AuthorityId.parse(TOYAMA), event)
        (told,) = next_events(stream)
        assert (told.sequence, told.serial) == (number, bytes([number]))
        return time.monotonic() - started

    assert_within(1.0, appended)
    other.close()


def test_an_authority_whose_position_cannot_be_read_silences_no_other(
    ca: RunningCa, keys: Keys
) -> None:
    if ca.service.ca.database.dialect != "sqlite":
        pytest.skip("PostgreSQL keeps nothing but a number there")

    def put(value: object) -> None:
        wanted = update(feeds).where(feeds.c.authority_id == AuthorityId.parse(KAGAWA))
        with ca.service.ca.database.transaction() as tx:
            tx.connection.execute(wanted.values(head=literal(value, NullType())))

    put("many")
    stream = follow_all(ca, {TOYAMA: 0, KAGAWA: 0})
    said = {one.authority_id: one.refusal for one in next(stream).feeds}
    assert said == {TOYAMA: 0, KAGAWA: reason_pb2.REASON_FEED_POSITION_GONE}
    issued = ca.certificates().IssueCertificate(issue_request(keys[0]))
    news = (one for message in stream for one in message.feeds)
    (event,) = next(list(one.events) for one in news if one.events)
    assert event.serial == issued.serial
    snapshot = ca_pb2.ReadSnapshotRequest(authority_id=KAGAWA)
    with pytest.raises(OpenJpkiError) as refusal:
        list(ca.feed().ReadSnapshot(snapshot))
    assert refusal.value.reason is Reason.STORED_UNREADABLE
    # Once somebody has put it right.
    put(0)
    (page,) = ca.feed().ReadSnapshot(snapshot)

    (one,) = next(follow_all(ca, {KAGAWA: page.sequence})).feeds
    assert (one.authority_id, one.refusal, one.head_sequence) == (KAGAWA, 0, 0)


def test_heartbeats_come_at_least_every_second(ca: RunningCa) -> None:
    stream = follow(ca)

    def longest_gap() -> float:
        arrivals = []
        for _ in range(4):
            message = next(stream)
            assert message == ca_pb2.FeedProgress(
                authority_id=TOYAMA, head_sequence=0, head_digest=feed_digest.START
            )
            arrivals.append(time.monotonic())
        return max(later - earlier for earlier, later in pairwise(arrivals))

    assert_within(1.0, longest_gap)


def test_each_message_says_as_of_when_it_is_true(ca: RunningCa, keys: Keys) -> None:
    """Before the numbers were read: what was committed until then is in them."""
    clock = ca.service.ca.clock
    stream = follow_all(ca, {TOYAMA: 0})
    ca.certificates().IssueCertificate(issue_request(keys[0]))
    answered = clock.now()
    moments: list[datetime] = []
    while not moments or moments[-1] < answered:
        message = next(stream)
        moments.append(message.as_of.ToDatetime(tzinfo=UTC))
        assert moments[-1] <= clock.now()
        if moments[-1] >= answered:
            assert message.feeds[0].head_sequence == 1
    assert moments == sorted(moments)


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
    stub.IssueCertificate(
        issue_request(keys[3], authority_id=KAGAWA, municipality_code="37201", person="k")
    )
    said: dict[str, list[ca_pb2.FeedProgress]] = {TOYAMA: [], KAGAWA: []}
    for message in follow_all(ca, {TOYAMA: after, KAGAWA: 0}):
        for progress in message.feeds:
            said[progress.authority_id].append(progress)
        if len(said[KAGAWA]) > 2:
            break
    # Said once and of that authority alone; the other one goes on.
    (gone,) = said[TOYAMA]
    assert gone.refusal == reason_pb2.REASON_FEED_POSITION_GONE
    assert not gone.events
    assert [event.sequence for event in said[KAGAWA][0].events] == [1]
    assert not any(progress.refusal for progress in said[KAGAWA])


def test_a_stream_with_no_authority_left_is_heard(ca: RunningCa) -> None:
    """A replica would take silence for a dead connection while it reads the snapshot."""
    stream = follow_all(ca, {TOYAMA: 9})
    assert [progress.refusal for progress in next(stream).feeds] == [
        reason_pb2.REASON_FEED_POSITION_GONE
    ]

    def heard() -> float:
        began = time.monotonic()
        assert not next(stream).feeds
        return time.monotonic() - began

    assert_within(1.0, heard)


def test_each_authority_is_followed_once(ca: RunningCa) -> None:
    twice = [ca_pb2.FeedPosition(authority_id=TOYAMA, after_sequence=one) for one in (0, 1)]
    for positions in (twice, []):
        with pytest.raises(OpenJpkiError) as refusal:
            next(iter(ca.feed().Follow(ca_pb2.FollowRequest(positions=positions), timeout=30)))
        assert refusal.value.reason is Reason.INVALID_FIELD


def test_nobody_waits_for_another_that_has_much_to_catch_up_with(
    ca: RunningCa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following_feeds, "EVENTS_A_MESSAGE", 4)
    at = ca.service.ca.clock.now().replace(microsecond=0)
    with ca.service.ca.database.transaction() as tx:
        for authority_id, count in ((TOYAMA, 9), (KAGAWA, 3)):
            for number in range(count):
                appended = NewEvent(
                    serial=bytes([number + 1]),
                    generation=1,
                    not_after=at + timedelta(days=1),
                    status=CertificateStatus.GOOD,
                    at=at,
                )
                feed.append(tx, AuthorityId.parse(authority_id), appended)
    messages: list[dict[str, list[int]]] = []
    for message in follow_all(ca, {TOYAMA: 0, KAGAWA: 0}):
        said = {one.authority_id: [event.sequence for event in one.events] for one in message.feeds}
        messages.append({one: events for one, events in said.items() if events})
        if sum(map(len, messages[-1].values())) == 0:
            break
    assert messages[:3] == [
        {TOYAMA: [1, 2], KAGAWA: [1, 2]},
        {TOYAMA: [3, 4], KAGAWA: [3]},
        {TOYAMA: [5, 6, 7, 8]},
    ]


def test_events_and_snapshots_say_generation_and_end(ca: RunningCa, keys: Keys) -> None:
    issued = ca.certificates().IssueCertificate(issue_request(keys[0]))
    end = x509.load_der_x509_certificate(issued.certificate).not_valid_after_utc
    ca.certificates().RevokeCertificate(revocation(issued.serial))
    events = next_events(follow(ca))
    assert [event.generation for event in events] == [1, 1]
    assert [event.not_after.seconds for event in events] == [int(end.timestamp())] * 2
    (page,) = ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA))
    assert (list(page.serials), list(page.generations)) == ([issued.serial], [1])
    assert list(page.not_after) == [int(end.timestamp())]


def test_messages_and_snapshots_say_what_the_feed_has_told(ca: RunningCa, keys: Keys) -> None:
    """The digest of it, which whoever takes the events comes to as well."""
    stream, digests = follow(ca), {0: feed_digest.START}

    def heard_up_to(head: int) -> None:
        for message in stream:
            for event in message.events:
                is_revoked = event.status == revocation_pb2.CERTIFICATE_STATUS_REVOKED
                octets = feed_digest.event_octets(
                    event.serial,
                    event.generation,
                    event.not_after.seconds,
                    event.status,
                    event.reason,
                    event.at.seconds if is_revoked else 0,
                )
                before = digests[event.sequence - 1]
                digests[event.sequence] = feed_digest.continued(before, octets)
            assert message.head_digest == digests[message.head_sequence]
            # A heartbeat says it too.
            if message.head_sequence == head and not message.events:
                return

    heard_up_to(0)
    for number in range(3):
        issued = ca.certificates().IssueCertificate(issue_request(keys[number], person=str(number)))
    ca.certificates().RevokeCertificate(revocation(issued.serial))
    heard_up_to(4)
    (page,) = ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA))
    assert (page.sequence, page.digest) == (4, digests[4])
    (other,) = ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=KAGAWA))
    assert other.digest == feed_digest.START


def test_a_snapshot_leaves_out_what_ended_long_ago(ca: RunningCa, keys: Keys) -> None:
    issued = ca.certificates().IssueCertificate(issue_request(keys[0]))
    end = x509.load_der_x509_certificate(issued.certificate).not_valid_after_utc
    clock = SettableClock()
    object.__setattr__(ca.service.ca, "clock", clock)

    def serials_at(moment: datetime) -> list[bytes]:
        clock.offset = moment - datetime.now(UTC)
        (page,) = ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA))
        return list(page.serials)

    a_minute = timedelta(minutes=1)
    assert serials_at(end + KEPT_AFTER_END - a_minute) == [issued.serial]
    assert serials_at(end + KEPT_AFTER_END + a_minute) == []


def test_unknown_authority(ca: RunningCa) -> None:
    with pytest.raises(OpenJpkiError) as snapshot:
        next(iter(ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id="signing-01"))))
    with pytest.raises(OpenJpkiError) as following:
        next(follow_all(ca, {TOYAMA: 0, "signing-01": 0}))
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
    seen: list[int] = []

    def listen() -> None:
        # Until the last one is there: a message that was under way when the last call was answered
        # may tell of an earlier head.
        for message in follow(ca):
            seen.extend(event.sequence for event in message.events)
            if len(seen) >= 16:
                return

    listener = threading.Thread(target=listen)
    listener.start()

    def live(number: int) -> None:
        issued = stub.IssueCertificate(issue_request(keys[number], person=str(number)))
        stub.RevokeCertificate(revocation(issued.serial))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(live, range(8)))
    listener.join(90)
    assert not listener.is_alive()
    assert seen == list(range(1, 17))


def test_stopping_the_service_ends_the_streams(ca: RunningCa) -> None:
    stream = follow(ca)
    next(stream)
    stopper = threading.Thread(target=ca.service.server.stop)
    ca.service._stopping.set()
    stopper.start()
    # By itself, or the stream would be cut at the end of the time that calls are given.
    for _ in stream:
        pass
    stopper.join(90)
    assert not stopper.is_alive()
