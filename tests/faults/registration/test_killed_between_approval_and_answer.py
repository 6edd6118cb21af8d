"""kill -9 after the approval, whatever the authority has done by then: one certificate, no less."""

from __future__ import annotations

import random
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import revocation_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca.tables import certificates, issuances, revocations
from tests.support.ca_service import person_key, request_of
from tests.support.registration_service import UNANSWERED
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from sqlalchemy import Table

    from tests.faults.registration.conftest import Installation
    from tests.support.registration_service import Desk

PATIENCE = 90.0


def ready_to_decide(installation: Installation, desk: Desk) -> str:
    application_id = desk.submit(installation.people.another()).application_id
    desk.check(application_id)
    desk.present(application_id, request_of(person_key()))
    return application_id


def rows_at_authority(installation: Installation, table: Table) -> int:
    """How many rows, the self-signed certificate not counted."""
    with installation.ca.service.ca.database.reading() as tx:
        query = select(func.count()).select_from(table)
        if table is certificates:
            query = query.where(certificates.c.kind == "user")
        counted: int = tx.connection.execute(query).scalar_one()
        return counted


def issued_for(installation: Installation, application_id: str) -> list[bytes]:
    with installation.ca.service.ca.database.reading() as tx:
        rows = tx.connection.execute(
            select(issuances.c.serial).where(issuances.c.application_id == application_id)
        )
        return [bytes(row.serial) for row in rows]


def is_issued(installation: Installation, application_id: str) -> bool:
    return state(installation, application_id) == pb.APPLICATION_STATE_ISSUED


def state(installation: Installation, application_id: str) -> pb.ApplicationState.ValueType:
    return installation.desks()[0].get(application_id).state


@pytest.mark.requirement("R2.4.1")
def test_killed_when_the_authority_had_issued_already(installation: Installation) -> None:
    installation.start()
    first, second = installation.desks()
    application_id = ready_to_decide(installation, first)
    installation.network.withhold_answers()
    request_id = str(uuid.uuid4())
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(second.decide, application_id, request_id=request_id)
        wait_until(lambda: rows_at_authority(installation, certificates) == 1)
        installation.kill()
        with pytest.raises(OpenJpkiError) as unanswered:
            pending.result(PATIENCE)
    assert unanswered.value.reason in UNANSWERED

    installation.network.relay()
    installation.start()
    first, second = installation.desks()
    # Nobody retries: the service finds by itself what was left.
    wait_until(lambda: first.get(application_id).state == pb.APPLICATION_STATE_ISSUED)
    application = first.get(application_id)
    assert issued_for(installation, application_id) == [application.serial]
    # The officer's retry gets that certificate, as if nothing had been.
    retried = second.decide(application_id, request_id=request_id)
    assert retried.application == application
    assert retried.authority_certificate
    acts = [one.act for one in installation.reached[-1].journal()]
    assert acts.count("application.approved") == acts.count("application.issued") == 1


def test_killed_before_the_authority_heard_of_it(installation: Installation) -> None:
    installation.start()
    first, second = installation.desks()
    application_id = ready_to_decide(installation, first)
    installation.network.refuse()
    request_id = str(uuid.uuid4())
    with pytest.raises(OpenJpkiError) as unanswered:
        second.decide(application_id, request_id=request_id)
    assert unanswered.value.reason is Reason.SERVICE_UNAVAILABLE
    installation.kill()

    installation.start()
    first, second = installation.desks()
    assert first.get(application_id).state == pb.APPLICATION_STATE_APPROVED
    assert rows_at_authority(installation, certificates) == 0
    installation.network.relay()
    wait_until(lambda: first.get(application_id).state == pb.APPLICATION_STATE_ISSUED)
    retried = second.decide(application_id, request_id=request_id)
    assert retried.application == first.get(application_id)
    assert issued_for(installation, application_id) == [retried.application.serial]


def test_the_authority_was_away_for_a_while(installation: Installation) -> None:
    """No kill: the officer hears UNAVAILABLE, the approval is completed when the way is free."""
    installation.start()
    first, second = installation.desks()
    applications = [ready_to_decide(installation, first) for _ in range(3)]
    installation.network.refuse()
    for application_id in applications:
        with pytest.raises(OpenJpkiError) as unanswered:
            second.decide(application_id)
        assert unanswered.value.reason is Reason.SERVICE_UNAVAILABLE
    installation.network.relay()
    for application_id in applications:
        wait_until(partial(is_issued, installation, application_id))
        assert len(issued_for(installation, application_id)) == 1


def test_killed_at_any_moment(installation: Installation) -> None:
    chance = random.Random(20020228)  # noqa: S311
    installation.start()
    for _ in range(5):
        first, second = installation.desks()
        application_id = ready_to_decide(installation, first)
        request_id = str(uuid.uuid4())
        # Signed beforehand: signing reads the application, and the kill is for the decision.
        decision = second.decision(application_id, request_id=request_id)
        with ThreadPoolExecutor(1) as pool:
            pending = pool.submit(second.stub.DecideApplication, decision)
            time.sleep(chance.uniform(0, 0.06))
            installation.kill()
            try:
                answered = pending.result(PATIENCE)
            except OpenJpkiError as unanswered:
                assert unanswered.reason in UNANSWERED  # noqa: PT017
                answered = None
        installation.start()
        first, second = installation.desks()
        retried = second.decide(application_id, request_id=request_id)
        assert retried.application.state == pb.APPLICATION_STATE_ISSUED
        assert retried == second.decide(application_id, request_id=request_id)
        assert answered is None or answered == retried
        assert issued_for(installation, application_id) == [retried.application.serial]


def test_killed_when_the_authority_had_revoked_already(installation: Installation) -> None:
    installation.start()
    first, second = installation.desks()
    person = installation.people.another()
    application_id = first.submit(person).application_id
    first.check(application_id)
    first.present(application_id, request_of(person_key()))
    serial = second.decide(application_id).application.serial
    installation.network.withhold_answers()
    request_id = str(uuid.uuid4())
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(first.revoke, serial, request_id=request_id)
        wait_until(lambda: rows_at_authority(installation, revocations) == 1)
        installation.kill()
        with pytest.raises(OpenJpkiError):
            pending.result(PATIENCE)

    installation.network.relay()
    installation.start()
    first, second = installation.desks()
    # The certificate does not keep its holder from a new one, though its end was never noted ...
    assert first.submit(person).state == pb.APPLICATION_STATE_SUBMITTED
    # ... and the retry hears when it was.
    answer = first.revoke(serial, request_id=request_id)
    at_authority = installation.ca.certificates().GetCertificate(
        ca_pb2.GetCertificateRequest(authority_id="signing-16", serial=serial)
    )
    assert at_authority.status == revocation_pb2.CERTIFICATE_STATUS_REVOKED
    assert answer.revoked_at == at_authority.revoked_at
    assert rows_at_authority(installation, revocations) == 1
    assert installation.reached[-1].row_counts()["identity_checks"] == 2
