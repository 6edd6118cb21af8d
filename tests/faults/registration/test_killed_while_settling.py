"""kill -9 while change notices are taken and settled: each ends what it is about, once."""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import select

from openjpki.api.registration.v1 import change_notice_pb2 as notice_pb
from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.registration.v1.change_notice_pb2_grpc import ChangeNoticeServiceStub
from openjpki.errors import OpenJpkiError
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.registration.register.person_references import PersonReferences
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.registration.tables import change_notices
from tests.support.ca_service import TOYAMA, person_key, request_of
from tests.support.registration_service import PERSON_KEY, TOYAMA_CITY
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.faults.registration.conftest import Installation

PEOPLE = 4


def certified(installation: Installation) -> tuple[bytes, bytes]:
    """The link of somebody with a certificate, and its number."""
    first, second = installation.desks()
    person = installation.people.another()
    application_id = first.submit(person).application_id
    first.check(application_id)
    first.present(application_id, request_of(person_key()))
    issued = second.decide(application_id).application
    assert issued.state == pb.APPLICATION_STATE_ISSUED
    return PersonReferences(PERSON_KEY).link(TOYAMA_CITY, person.resident_id), issued.serial


def revoked_at_ca(installation: Installation) -> Counter[str]:
    """How often each serial number was revoked, by ca's journal."""
    with installation.ca.service.ca.database.reading() as tx:
        return Counter(
            one.subject
            for one in SqlJournal().read_all(tx, TOYAMA)
            if one.act == "certificate.revoked"
        )


def stub(installation: Installation) -> ChangeNoticeServiceStub:
    return ChangeNoticeServiceStub(
        installation.reached[-1].channel(PeerRole.REGISTER_FEED, TOYAMA_CITY)
    )


@pytest.mark.requirement("R3.1.2a")
def test_killed_at_any_moment_nothing_is_lost_or_done_twice(installation: Installation) -> None:
    installation.start()
    made = [certified(installation) for _ in range(PEOPLE)]
    links = [link for link, _ in made]
    # Between them people without a certificate, as nearly all are.
    notices = [one for link in links for one in (link, bytes(31) + link[:1])]
    at = Timestamp(seconds=int(datetime.now(UTC).timestamp()) + 1)

    def send_from(first: int) -> None:
        stub(installation).SendChangeNotices(
            notice_pb.SendChangeNoticesRequest(
                municipality_code=TOYAMA_CITY,
                first_sequence=first,
                notices=[
                    notice_pb.ChangeNotice(link=one, noticed_at=at)
                    for one in notices[first - 1 : first + 3]
                ],
            )
        )

    while True:
        asked = notice_pb.GetNoticePositionRequest(municipality_code=TOYAMA_CITY)
        position = stub(installation).GetNoticePosition(asked).position
        if position == len(notices):
            break
        with ThreadPoolExecutor(1) as pool:
            pending = pool.submit(send_from, position + 1)
            time.sleep(random.uniform(0, 0.08))  # noqa: S311
            installation.kill()
            failed = pending.exception(90)
        assert failed is None or isinstance(failed, OpenJpkiError)
        installation.start()

    def all_settled() -> bool:
        with installation.database.reading() as tx:
            rows = tx.connection.execute(change_notices.select()).all()
        assert len(rows) == len(notices)
        return {row.state for row in rows} == {"ended", "without_certificate"}

    wait_until(all_settled)
    revoked = revoked_at_ca(installation)
    assert revoked == {serial.hex(): 1 for _, serial in made}
    noted = Counter(
        one.details["serial"]
        for one in installation.reached[-1].journal()
        if one.act == "certificate.revoked"
    )
    assert noted == revoked


def test_an_answer_that_was_lost_is_asked_for_again_and_is_the_same(
    installation: Installation,
) -> None:
    """ca has revoked, and registration heard nothing: the notice waits, and ends as done."""
    installation.start()
    link, serial = certified(installation)
    installation.network.withhold_answers()
    stub(installation).SendChangeNotices(
        notice_pb.SendChangeNoticesRequest(
            municipality_code=TOYAMA_CITY,
            first_sequence=1,
            notices=[
                notice_pb.ChangeNotice(
                    link=link, noticed_at=Timestamp(seconds=int(datetime.now(UTC).timestamp()) + 1)
                )
            ],
        )
    )
    wait_until(lambda: revoked_at_ca(installation) == {serial.hex(): 1})

    def state() -> str:
        with installation.database.reading() as tx:
            return str(tx.connection.execute(select(change_notices.c.state)).scalar_one())

    assert state() == "waiting"
    installation.network.relay()
    wait_until(lambda: state() == "ended")
    assert revoked_at_ca(installation) == {serial.hex(): 1}
