"""kill -9 while a certificate is handed over, or while what waited too long expires: once each."""

from __future__ import annotations

import random
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.errors import OpenJpkiError
from openjpki.storage.registration.tables import applications
from tests.support.ca_service import person_key, request_of
from tests.support.registration_service import UNANSWERED
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.faults.registration.conftest import Installation

PATIENCE = 90.0


def issue(installation: Installation) -> str:
    first, second = installation.desks()
    application_id = first.submit(installation.people.another()).application_id
    first.check(application_id)
    first.present(application_id, request_of(person_key()))
    assert second.decide(application_id).application.state == pb.APPLICATION_STATE_ISSUED
    return application_id


def acts(installation: Installation, application_id: str) -> list[str]:
    journal = installation.reached[-1].journal()
    return [one.act for one in journal if one.subject == application_id]


def test_killed_while_the_authority_is_asked_nothing_is_handed_over(
    installation: Installation,
) -> None:
    installation.start()
    application_id, request_id = issue(installation), str(uuid.uuid4())
    first, _ = installation.desks()
    installation.network.withhold_answers()
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(first.hand_over, application_id, request_id)
        time.sleep(1)
        installation.kill()
        with pytest.raises(OpenJpkiError) as unanswered:
            pending.result(PATIENCE)
    assert unanswered.value.reason in UNANSWERED
    installation.network.relay()
    installation.start()
    first, _ = installation.desks()
    assert first.get(application_id).state == pb.APPLICATION_STATE_ISSUED
    answer = first.hand_over(application_id, request_id)
    assert answer.state == pb.APPLICATION_STATE_HANDED_OVER
    assert acts(installation, application_id).count("certificate.handed_over") == 1


def test_killed_at_any_moment_of_a_handing_over_it_is_done_wholly_and_once(
    installation: Installation,
) -> None:
    installation.start()
    taken = [issue(installation) for _ in range(4)]
    for application_id in taken:
        request_id = str(uuid.uuid4())
        first, _ = installation.desks()
        with ThreadPoolExecutor(1) as pool:
            pending = pool.submit(first.hand_over, application_id, request_id, accepted=True)
            time.sleep(random.uniform(0, 0.05))  # noqa: S311
            installation.kill()
            failed = pending.exception(PATIENCE)
        assert failed is None or (isinstance(failed, OpenJpkiError) and failed.reason in UNANSWERED)
        installation.start()
        first, _ = installation.desks()
        stands = first.get(application_id)
        done = stands.state == pb.APPLICATION_STATE_CLOSED
        assert done or stands.state == pb.APPLICATION_STATE_ISSUED
        entered = acts(installation, application_id)
        assert (entered[-2:] == ["certificate.handed_over", "application.closed"]) is done
        answer = first.hand_over(application_id, request_id, accepted=True)
        assert answer.state == pb.APPLICATION_STATE_CLOSED
        if done:
            assert answer == stands
        counted = Counter(acts(installation, application_id))
        assert counted["certificate.handed_over"] == counted["application.closed"] == 1


def test_killed_while_applications_expire_each_expires_once(installation: Installation) -> None:
    installation.start()
    first, _ = installation.desks()
    taken = [first.submit(installation.people.another()).application_id for _ in range(12)]
    installation.kill()
    with installation.database.transaction() as tx:
        long_ago = datetime.now(UTC) - timedelta(days=31)
        tx.connection.execute(update(applications).values(submitted_at=long_ago))
    for _ in range(3):
        installation.start()
        time.sleep(random.uniform(0, 0.05))  # noqa: S311
        installation.kill()
        with installation.database.reading() as reading:
            rows = reading.connection.execute(applications.select()).all()
        entered = Counter(
            one.subject
            for one in installation.reached[-1].journal()
            if one.act == "application.expired"
        )
        assert entered == {row.application_id: 1 for row in rows if row.state == "expired"}
    installation.start()
    first, _ = installation.desks()

    def all_expired() -> bool:
        states = {first.get(one).state for one in taken}
        return states == {pb.APPLICATION_STATE_EXPIRED}

    wait_until(all_expired)
    assert all(acts(installation, one).count("application.expired") == 1 for one in taken)
