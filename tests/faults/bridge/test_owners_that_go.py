"""Two processes of bridge over one database: the owner is killed as it certifies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.bridge.kinds import State
from tests.faults.bridge.test_killed_while_certifying import (
    PAIRS,
    ca,
    installation,
    postgres_server,
)
from tests.support.bridge_officers import approval
from tests.support.ca_service import TOYAMA
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.faults.bridge.test_killed_while_certifying import Installation
    from tests.support.bridge_service import BridgeClient

__all__ = ["ca", "installation", "postgres_server"]

TO = pb.DIRECTION_TO_PARTNER
pytestmark = pytest.mark.parametrize("database", ["postgresql"])


def owner(installation: Installation) -> str:
    with installation.database.reading() as tx:
        return str(tx.connection.execute(text("SELECT owner FROM leases")).scalar_one())


def approved_once(client: BridgeClient) -> pb.CrossCertification:
    client.register(TOYAMA)
    proposed = client.propose(TOYAMA, TO, policy_mappings=[PAIRS[TO]])
    client.approve(proposed, "officer-1")
    return proposed


def certified(
    installation: Installation, client: BridgeClient, proposed: pb.CrossCertification
) -> bytes:
    """The one certificate, which whoever took over has made; nothing twice, no gap."""
    identifier = proposed.cross_certification_id
    wait_until(lambda: installation.record(identifier).state is State.ISSUED)
    assert installation.acts().count("cross.issued") == 1
    certificate = installation.record(identifier).certificate
    assert certificate is not None
    assert certificate in client.list_pool().certificates
    return certificate


@pytest.mark.requirement("R4.4")
@pytest.mark.parametrize("step", ["intent stored", "storing"])
def test_what_a_killed_owner_had_begun_the_other_ends(
    installation: Installation, step: str
) -> None:
    first = installation.client(killed_at=step, instance="bridge-0")
    second = installation.client(instance="bridge-1")
    proposed = approved_once(first)
    assert owner(installation) == "bridge-0"
    request = approval(proposed, "officer-2")
    with pytest.raises(OpenJpkiError) as broken:
        first.officer("officer-2").ApproveCrossCertification(request)
    assert broken.value.reason is Reason.SERVICE_UNAVAILABLE
    assert installation.processes[0].was_killed()
    wait_until(lambda: owner(installation) == "bridge-1")
    certificate = certified(installation, second, proposed)
    again = second.officer("officer-2").ApproveCrossCertification(request).cross_certification
    assert again.certificate == certificate
    assert installation.acts().count("cross.issued") == 1
