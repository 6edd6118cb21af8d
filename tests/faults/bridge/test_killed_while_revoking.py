"""kill -9 between two officers' decision and the list that says so: it is carried out, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.bridge.kinds import State
from openjpki.storage.kernel.journal import SqlJournal
from tests.faults.bridge.test_killed_while_certifying import (
    PAIRS,
    ca,
    installation,
    postgres_server,
)
from tests.support.ca_service import TOYAMA
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.faults.bridge.test_killed_while_certifying import Installation
    from tests.support.bridge_service import BridgeClient

__all__ = ["ca", "installation", "postgres_server"]

FROM, TO = pb.DIRECTION_FROM_PARTNER, pb.DIRECTION_TO_PARTNER
STEPS = [(TO, "revocation approved"), (TO, "list 2 signed")]
STEPS += [(FROM, "revocation approved"), (FROM, "issuer told")]


def is_listed(client: BridgeClient, certificate: x509.Certificate) -> bool:
    lists = map(x509.load_der_x509_crl, client.list_pool().revocation_lists)
    return any(
        one.issuer == certificate.issuer
        and one.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None
        for one in lists
    )


@pytest.mark.requirement("R4.4")
@pytest.mark.parametrize(
    ("direction", "step", "database"),
    [(*each, database) for each in STEPS for database in ("sqlite", "postgresql")],
)
def test_killed_between_decision_and_list(
    installation: Installation, direction: pb.Direction.ValueType, step: str
) -> None:
    client = installation.client(killed_at=step)
    client.register(TOYAMA)
    crossed = client.propose(TOYAMA, direction, policy_mappings=[PAIRS[direction]])
    certificate = client.approve_twice(crossed)
    client.propose_end(crossed)
    request = client.approval_of_end(crossed)
    with pytest.raises(OpenJpkiError) as broken:
        client.officer("officer-2").ApproveCrossRevocation(request)
    assert broken.value.reason is Reason.SERVICE_UNAVAILABLE
    assert installation.processes[-1].was_killed()
    # Two officers' decision is never lost.
    assert installation.record(crossed.cross_certification_id).state is State.REVOKED

    again = installation.client()
    installation.processes[-1].wait_until_ready()
    assert certificate not in again.list_pool().certificates
    parsed = x509.load_der_x509_certificate(certificate)
    wait_until(lambda: is_listed(again, parsed))
    officer = again.officer("officer-2")
    answer = officer.ApproveCrossRevocation(request)
    assert officer.ApproveCrossRevocation(request) == answer
    assert answer.cross_certification.state == pb.CROSS_CERTIFICATION_STATE_REVOKED
    assert installation.acts().count("cross.revoked") == 1
    with installation.ca.service.ca.database.reading() as tx:
        ended = [
            one.subject
            for one in SqlJournal().read_all(tx, TOYAMA)
            if one.act == "certificate.revoked"
        ]
    number = f"{parsed.serial_number:x}"
    mine = [one for one in ended if int(one, 16) == parsed.serial_number]
    assert len(mine) == (1 if direction == FROM else 0), number
