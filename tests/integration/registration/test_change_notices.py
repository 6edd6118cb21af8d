"""Change notices of the register network, from its program to the list of those that ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.registration.v1 import change_notice_pb2 as notice_pb
from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.registration.v1.change_notice_pb2_grpc import ChangeNoticeServiceStub
from openjpki.api.types.v1 import revocation_pb2
from openjpki.config.clock import SystemClock
from openjpki.domain.municipality import Municipality
from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.registration.notices.link_residents import link_residents
from openjpki.services.registration.register.person_references import PersonReferences, link_of
from openjpki.services.registration.register.register_key import give_register_key
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.registration.tables import register_links
from tests.support.ca_service import TOYAMA
from tests.support.registration_service import PERSON_KEY, TAKAOKA, TOYAMA_CITY
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.ca_service import RunningCa
    from tests.support.registration_service import Desk, People, RunningRegistration

KEY = PersonReferences(PERSON_KEY).register_key(TOYAMA_CITY)
"""What Toyama's register was given."""


class Register:
    """A municipality's program of the register network, which numbers what it sends."""

    def __init__(self, registration: RunningRegistration, municipality: str) -> None:
        self.municipality = municipality
        self.stub = ChangeNoticeServiceStub(
            registration.channel(PeerRole.REGISTER_FEED, municipality)
        )

    def position(self) -> int:
        asked = notice_pb.GetNoticePositionRequest(municipality_code=self.municipality)
        return self.stub.GetNoticePosition(asked).position

    def request(
        self, first: int, *links: bytes, at: datetime | None = None
    ) -> notice_pb.SendChangeNoticesRequest:
        seconds = int((at or datetime.now(UTC) + timedelta(seconds=2)).timestamp())
        return notice_pb.SendChangeNoticesRequest(
            municipality_code=self.municipality,
            first_sequence=first,
            notices=[
                notice_pb.ChangeNotice(link=link, noticed_at=Timestamp(seconds=seconds))
                for link in links
            ],
        )

    def send(self, *links: bytes, at: datetime | None = None) -> int:
        return self.stub.SendChangeNotices(
            self.request(self.position() + 1, *links, at=at)
        ).position

    def reconciled(self) -> notice_pb.ReconcileNoticesResponse:
        now = int(datetime.now(UTC).timestamp())
        return self.stub.ReconcileNotices(
            notice_pb.ReconcileNoticesRequest(
                municipality_code=self.municipality,
                begins=Timestamp(seconds=now - 86_400),
                ends=Timestamp(seconds=now + 86_400),
            )
        )


@pytest.fixture(scope="module")
def register(registration: RunningRegistration) -> Register:
    return Register(registration, TOYAMA_CITY)


def link(person: SyntheticResident) -> bytes:
    return link_of(KEY, person.resident_id)


def key_presented(desk: Desk, person: SyntheticResident, der: bytes) -> str:
    application_id = desk.submit(person).application_id
    desk.check(application_id)
    desk.present(application_id, der)
    return application_id


def status(ca: RunningCa, serial: bytes) -> Any:
    asked = ca_pb2.GetCertificateRequest(authority_id=TOYAMA, serial=serial)
    return ca.certificates().GetCertificate(asked).status


def settled(register: Register) -> notice_pb.ReconcileNoticesResponse:
    wait_until(lambda: register.reconciled().waiting == 0)
    return register.reconciled()


@pytest.mark.requirement("R3.1.2a", "R3.1.2d")
def test_a_notice_ends_the_certificate_and_says_nothing_else(
    registration: RunningRegistration,
    ca: RunningCa,
    register: Register,
    desk: Desk,
    second_desk: Desk,
    people: People,
    fresh_request: Callable[[], bytes],
) -> None:
    moved, stays, without = people.another(), people.another(), people.another()
    issued = []
    for one in (moved, stays):
        application_id = key_presented(desk, one, fresh_request())
        issued.append(second_desk.decide(application_id).application)
    before, reconciled = register.position(), settled(register)
    links = [link(without), link(moved), bytes(32)]
    # Neither the resident's number nor what ca knows the person by is in what is sent.
    sent = register.request(before + 1, *links)
    references = PersonReferences(PERSON_KEY)
    for person in (moved, without):
        octets = sent.SerializeToString()
        assert person.resident_id.encode() not in octets
        assert references.of(person.resident_id) not in octets
    assert register.stub.SendChangeNotices(sent).position == before + 3
    found = settled(register)
    assert found.received - reconciled.received == 3
    assert found.ended - reconciled.ended == 1
    assert found.without_certificate - reconciled.without_certificate == 2
    assert (found.missing, found.position) == (0, before + 3)
    revoked, good = (
        revocation_pb2.CERTIFICATE_STATUS_REVOKED,
        revocation_pb2.CERTIFICATE_STATUS_GOOD,
    )
    assert [status(ca, one.serial) for one in issued] == [revoked, good]
    with ca.service.ca.database.reading() as tx:
        (entry,) = [
            one
            for one in SqlJournal().read_all(tx, TOYAMA)
            if one.act == "certificate.revoked" and one.subject == issued[0].serial.hex()
        ]
    assert (entry.details["cause"], entry.details["reason_code"]) == ("CHANGE_NOTICE", 3)
    assert entry.actor.endswith("/registration/nationwide")
    (noted,) = [
        one
        for one in registration.journal()
        if one.act == "certificate.revoked" and one.subject == issued[0].application_id
    ]
    assert noted.details["notice"] == before + 2
    # Nothing that was sent can be sent twice to effect, and the person may apply anew.
    assert register.stub.SendChangeNotices(sent).position == before + 3
    again = key_presented(desk, moved, fresh_request())
    assert second_desk.decide(again).application.state == pb.APPLICATION_STATE_ISSUED


@pytest.mark.requirement("R3.1.2a")
def test_whoever_applied_after_the_change_keeps_the_certificate_who_applied_before_does_not(
    registration: RunningRegistration,
    ca: RunningCa,
    register: Register,
    desk: Desk,
    second_desk: Desk,
    people: People,
    fresh_request: Callable[[], bytes],
) -> None:
    person = people.another()
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    application_id = key_presented(desk, person, fresh_request())
    before = settled(register)
    register.send(link(person))
    wait_until(lambda: register.reconciled().application_open == before.application_open + 1)
    # Decided later, on what was true when it was taken.
    serial = second_desk.decide(application_id).application.serial
    assert registration.service is not None
    registration.service.notices.wake("settle_notices")
    wait_until(lambda: register.reconciled().ended == before.ended + 1)
    assert status(ca, serial) == revocation_pb2.CERTIFICATE_STATUS_REVOKED

    anew = key_presented(desk, person, fresh_request())
    serial = second_desk.decide(anew).application.serial
    register.send(link(person), at=long_ago)
    assert settled(register).certified_since == before.certified_since + 1
    assert status(ca, serial) == revocation_pb2.CERTIFICATE_STATUS_GOOD


@pytest.mark.requirement("R3.1.2a", refuses=True)
def test_gaps_and_other_content_are_refused_and_nothing_of_the_call_is_taken(
    registration: RunningRegistration, register: Register
) -> None:
    first = register.send(bytes(31) + b"\1", bytes(31) + b"\2") - 1
    with pytest.raises(OpenJpkiError) as refused:
        register.stub.SendChangeNotices(register.request(first + 4, bytes(32)))
    assert refused.value.reason is Reason.NOTICE_GAP
    assert refused.value.metadata["expected"] == str(first + 2)
    with pytest.raises(OpenJpkiError) as refused:
        register.stub.SendChangeNotices(
            register.request(first + 1, bytes(31) + b"\3", bytes(31) + b"\4")
        )
    assert refused.value.reason is Reason.NOTICE_DIFFERS
    assert refused.value.metadata["sequence"] == str(first + 1)
    assert register.position() == first + 1
    with pytest.raises(OpenJpkiError) as refused:
        register.send(bytes(32), at=datetime.now(UTC) + timedelta(hours=1))
    assert refused.value.reason is Reason.INVALID_FIELD
    with registration.database.reading() as tx:
        acts = list(SqlJournal().read(tx, TOYAMA_CITY, RetentionClass.OPERATIONS, after=0))
    assert acts[-1].act == "notice.differed"
    assert acts[-1].details["sequence"] == first + 1
    assert (first, first + 1) in [
        (one.details["first"], one.details["last"]) for one in acts if one.act == "notices.taken"
    ]


def test_another_registers_link_is_nobodys(
    registration: RunningRegistration,
    ca: RunningCa,
    desk: Desk,
    second_desk: Desk,
    people: People,
    fresh_request: Callable[[], bytes],
) -> None:
    person = people.another()
    issued = second_desk.decide(key_presented(desk, person, fresh_request())).application
    elsewhere = Register(registration, TAKAOKA)
    elsewhere.send(link(person))
    assert settled(elsewhere).ended == 0
    assert status(ca, issued.serial) == revocation_pb2.CERTIFICATE_STATUS_GOOD


def test_links_of_who_applied_before_there_were_any_are_made_from_the_register(
    registration: RunningRegistration,
    ca: RunningCa,
    register: Register,
    desk: Desk,
    second_desk: Desk,
    people: People,
    fresh_request: Callable[[], bytes],
) -> None:
    person = people.another()
    issued = second_desk.decide(key_presented(desk, person, fresh_request())).application
    with registration.database.transaction() as tx:
        tx.connection.execute(register_links.delete().where(register_links.c.link == link(person)))
    assert register.reconciled().certificates_without_link == 1
    assert registration.service is not None
    assert link_residents(registration.service.registration) == 1
    assert register.reconciled().certificates_without_link == 0
    register.send(link(person))
    settled(register)
    assert status(ca, issued.serial) == revocation_pb2.CERTIFICATE_STATUS_REVOKED


def test_that_a_register_was_given_its_key_is_in_the_journal(
    registration: RunningRegistration,
) -> None:
    assert registration.service is not None
    given = give_register_key(
        registration.database,
        registration.service.registration.references,
        Municipality(TOYAMA_CITY),
        clock=SystemClock(),
        actor="console:tanaka",
    )
    assert given == KEY
    with registration.database.reading() as tx:
        *_, entry = SqlJournal().read(tx, TOYAMA_CITY, RetentionClass.OPERATIONS, after=0)
    assert (entry.act, entry.actor) == ("register_key.given", "console:tanaka")
