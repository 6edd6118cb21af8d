"""kill -9 of registration once the authority has renewed: one certificate lives, which is known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.errors import OpenJpkiError
from openjpki.storage.ca.tables import certificates, revocations
from openjpki.storage.registration.tables import applications
from tests.support.ca_service import person_key, request_of
from tests.support.registration_service import UNANSWERED
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.faults.registration.conftest import Installation

PATIENCE = 90.0


def ready_to_decide(
    installation: Installation, person: SyntheticResident, kind: pb.ApplicationKind.ValueType
) -> str:
    desk, _ = installation.desks()
    application_id = desk.submit(person, kind=kind).application_id
    desk.check(application_id)
    desk.present(application_id, request_of(person_key()))
    return application_id


def living(installation: Installation) -> list[str]:
    """Applications whose certificates live, as registration has it."""
    with installation.database.reading() as tx:
        rows = tx.connection.execute(
            select(applications.c.application_id).where(applications.c.live)
        )
        return [row.application_id for row in rows]


def at_authority(installation: Installation) -> tuple[int, int]:
    """How many user certificates there are, and how many of them were revoked."""
    with installation.ca.service.ca.database.reading() as tx:
        issued = select(func.count()).where(certificates.c.kind == "user")
        revoked = select(func.count()).select_from(revocations)
        return (
            tx.connection.execute(issued).scalar_one(),
            tx.connection.execute(revoked).scalar_one(),
        )


@pytest.mark.requirement("R2.7")
def test_killed_when_the_authority_had_renewed_already(installation: Installation) -> None:
    installation.start()
    person = installation.people.another()
    old = ready_to_decide(installation, person, pb.APPLICATION_KIND_FIRST_ISSUE)
    serial = installation.desks()[1].decide(old).application.serial
    with installation.database.transaction() as tx:
        soon = datetime.now(UTC) + timedelta(days=30)
        tx.connection.execute(update(applications).values(not_after=soon))
    new = ready_to_decide(installation, person, pb.APPLICATION_KIND_RENEWAL)
    request = installation.desks()[1].decision(new)
    installation.network.withhold_answers()
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(installation.desks()[1].stub.DecideApplication, request)
        wait_until(lambda: at_authority(installation)[0] == 2)
        # The one and the other at once.
        assert at_authority(installation) == (2, 1)
        installation.kill()
        with pytest.raises(OpenJpkiError) as unanswered:
            pending.result(PATIENCE)
    assert unanswered.value.reason in UNANSWERED
    assert living(installation) == [old]

    installation.network.relay()
    installation.start()
    desk, second = installation.desks()
    wait_until(lambda: desk.get(new).state == pb.APPLICATION_STATE_ISSUED)
    assert living(installation) == [new]
    renewed = desk.get(new)
    assert renewed.renews == serial
    assert second.stub.DecideApplication(request).application == renewed
    assert at_authority(installation) == (2, 1)
    acts = [one.act for one in installation.reached[-1].journal()]
    assert acts.count("certificate.revoked") == 1
