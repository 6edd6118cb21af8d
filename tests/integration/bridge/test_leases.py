"""Two instances of bridge over one database: one works for the service bridge, both answer."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.config.parts import LeasePart
from openjpki.domain.authority import BRIDGE
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.journal import SqlJournal
from tests.support.bridge_service import (
    GOVERNOR_POLICY,
    mapping,
    running_bridge,
)
from tests.support.ca_service import TOYAMA
from tests.support.foreign_authorities import BRIDGE_POLICY
from tests.support.postgres import postgres_url
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openjpki.services.bridge.service import BridgeService
    from openjpki.services.common.checkpoint import Checkpoint
    from tests.support.bridge_service import RunningBridge
    from tests.support.ca_service import RunningCa

    Start = Callable[..., RunningBridge]

__all__ = ["postgres_url"]


@pytest.fixture
def instances(tmp_path: Path, postgres_url: str, ca: RunningCa) -> Iterator[Start]:
    """Starts an instance of the name given, over the test's database."""
    with ExitStack() as running:

        def start(name: str, checkpoint: Checkpoint | None = None) -> RunningBridge:
            one = running.enter_context(
                running_bridge(
                    tmp_path,
                    postgres_url,
                    ca,
                    lease=LeasePart(instance=name),
                    checkpoint=checkpoint,
                )
            )
            # Each call asks this very instance, once.
            one.retries = False
            return one

        yield start


def service(bridge: RunningBridge) -> BridgeService:
    assert bridge.service is not None
    return bridge.service


def test_one_instance_writes_and_both_answer(instances: Start) -> None:
    owner = instances("bridge-0")
    other = instances("bridge-1")
    assert service(owner).bridge.is_owner
    assert not service(other).bridge.is_owner
    with pytest.raises(OpenJpkiError) as refused:
        other.register(TOYAMA)
    assert refused.value.reason is Reason.NOT_THE_OWNER
    assert refused.value.metadata["owner"] == "bridge-0"
    assert refused.value.metadata["owner_address"] == f"127.0.0.1:{owner.port}"
    owner.with_governor()
    # What the owner did is read at the other one.
    assert other.own_request(TOYAMA) == owner.own_request(TOYAMA)
    pools = [one.pool("any").ListPool(pb.ListPoolRequest()) for one in (owner, other)]
    assert len(pools[0].certificates) > 2
    assert pools[0] == pools[1]


def test_who_takes_over_carries_out_what_was_approved(instances: Start) -> None:
    leaving: list[str] = []

    def checkpoint(step: str) -> None:
        if step == "intent stored" and leaving:
            raise OpenJpkiError(Reason.INTERNAL, "the call ends here")

    first = instances("bridge-0", checkpoint)
    second = instances("bridge-1")
    first.register(TOYAMA)
    proposed = first.propose(
        TOYAMA,
        pb.DIRECTION_TO_PARTNER,
        policy_mappings=[mapping(BRIDGE_POLICY, GOVERNOR_POLICY)],
    )
    first.approve(proposed, "officer-1")
    leaving.append("yes")
    with pytest.raises(OpenJpkiError):
        first.approve(proposed, "officer-2")
    service(first).leases.stop()
    wait_until(lambda: service(second).bridge.is_owner)

    def issued() -> list[str]:
        with service(second).bridge.database.reading() as tx:
            entries = SqlJournal().read_all(tx, "bridge")
            return [entry.subject for entry in entries if entry.act == "cross.issued"]

    wait_until(lambda: issued() == [proposed.cross_certification_id])


def test_an_instance_that_lost_the_lease_refreshes_nothing(instances: Start) -> None:
    """A pool that a paused process had looked up would take the place of a newer one."""
    late = instances("bridge-0")
    bridge = service(late).bridge
    with bridge.fence.writing(BRIDGE):
        with bridge.database.transaction() as tx:
            tx.connection.execute(
                text("UPDATE leases SET token = token + 1, owner = 'bridge-1', address = 'b:1'")
            )
            tx.connection.execute(text("DELETE FROM governors"))
        with pytest.raises(OpenJpkiError) as refused:
            service(late).refresher.look()
    assert refused.value.reason is Reason.NOT_THE_OWNER
    with bridge.database.reading() as view:
        assert view.connection.execute(text("SELECT count(*) FROM governors")).scalar() == 0


def test_a_second_service_on_a_sqlite_database_is_refused(tmp_path: Path, ca: RunningCa) -> None:
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    with running_bridge(tmp_path, url, ca, lease=LeasePart(instance="bridge-0")):
        second = running_bridge(tmp_path, url, ca, lease=LeasePart(instance="bridge-1"))
        with pytest.raises(OpenJpkiError) as refused, second:
            pass
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE
    assert "instance bridge-0" in refused.value.message
