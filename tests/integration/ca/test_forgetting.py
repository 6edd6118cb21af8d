"""What the ca forgets after a time, and that forgetting makes nothing happen twice."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import reason_pb2
from openjpki.config.ca import CaPart
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca.tables import feed_events
from openjpki.storage.kernel.tables import requests
from tests.integration.ca.test_revoking import revocation
from tests.support.ca_service import (
    KAGAWA,
    TOYAMA,
    issue_request,
    person_key,
    request_of,
    running_ca,
)
from tests.support.mesh import SettableClock
from tests.support.old_answers import grow_older

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import rsa
    from sqlalchemy import Table

    from tests.support.ca_service import RunningCa

PART = CaPart()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def ca(tmp_path: Path, database_url: str, clock: SettableClock) -> Iterator[RunningCa]:
    with running_ca(tmp_path, database_url, authorities=(TOYAMA, KAGAWA)) as running:
        # The mesh's own certificates are short-lived; only the use cases' time moves.
        object.__setattr__(running.service.ca, "clock", clock)
        yield running


def rows(ca: RunningCa, table: Table) -> int:
    with ca.service.ca.database.reading() as tx:
        counted: int = tx.connection.execute(select(func.count()).select_from(table)).scalar_one()
    return counted


def follow(ca: RunningCa, after: int) -> Iterator[ca_pb2.FeedProgress]:
    position = ca_pb2.FeedPosition(authority_id=TOYAMA, after_sequence=after)
    for message in ca.feed().Follow(ca_pb2.FollowRequest(positions=[position]), timeout=200):
        yield from message.feeds


def test_calls_repeated_after_their_answers_are_gone(
    ca: RunningCa, clock: SettableClock, keys: list[rsa.RSAPrivateKey]
) -> None:
    stub = ca.certificates()
    issuing = issue_request(keys[0])
    issued = stub.IssueCertificate(issuing)
    revoking = revocation(issued.serial)
    revoked = stub.RevokeCertificate(revoking)
    responding = ca_pb2.IssueResponderCertificateRequest(
        request_id=str(uuid.uuid4()),
        authority_id=TOYAMA,
        certification_request=request_of(person_key()),
    )
    responder = ca.authorities().IssueResponderCertificate(responding)
    grow_older(ca.service.ca.database, timedelta(seconds=PART.answers_kept - 60))
    ca.service.jobs.once()
    # The revocation's; an issuance is its own row's for as long as that is kept.
    assert rows(ca, requests) == 1
    assert stub.RevokeCertificate(revoking) == revoked
    clock.offset = timedelta(seconds=PART.answers_kept + 60)
    grow_older(ca.service.ca.database, timedelta(minutes=2))
    ca.service.jobs.once()
    assert rows(ca, requests) == 0
    assert stub.IssueCertificate(issuing) == issued
    assert ca.authorities().IssueResponderCertificate(responding) == responder
    with pytest.raises(OpenJpkiError) as refusal:
        stub.RevokeCertificate(revoking)
    assert refusal.value.reason is Reason.ALREADY_REVOKED
    assert rows(ca, feed_events) == 0


def test_the_feed_is_followed_from_what_is_left(
    ca: RunningCa, clock: SettableClock, keys: list[rsa.RSAPrivateKey]
) -> None:
    stub = ca.certificates()
    for number in range(2):
        stub.IssueCertificate(issue_request(keys[number], person=str(number)))
    stub.IssueCertificate(issue_request(keys[2], authority_id=KAGAWA, municipality_code="37201"))
    listener = follow(ca, 0)
    assert [event.sequence for event in next(listener).events] == [1, 2]
    clock.offset = timedelta(seconds=PART.events_kept - 60)
    stub.IssueCertificate(issue_request(keys[3], person="3", at=clock.now()))
    ca.service.jobs.once()
    assert rows(ca, feed_events) == 4
    clock.offset = timedelta(seconds=PART.events_kept + 60)
    ca.service.jobs.once()
    assert rows(ca, feed_events) == 1
    # Who is current goes on, who stands where events were dropped goes on from there too.
    assert [e.sequence for e in next(m.events for m in listener if m.events)] == [3]
    assert [e.sequence for e in next(m.events for m in follow(ca, 2) if m.events)] == [3]
    for gone in (0, 1):
        assert next(follow(ca, gone)).refusal == reason_pb2.REASON_FEED_POSITION_GONE
    # A replica that starts now misses nothing: the snapshot needs no events.
    (page,) = ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA))
    assert (page.sequence, len(page.serials)) == (3, 3)
    clock.offset += timedelta(seconds=PART.events_kept)
    ca.service.jobs.once()
    assert rows(ca, feed_events) == 0
    assert next(follow(ca, page.sequence)).head_sequence == 3
    stub.IssueCertificate(issue_request(keys[4], person="4", at=clock.now()))
    assert [e.sequence for e in next(m.events for m in follow(ca, 3) if m.events)] == [4]
