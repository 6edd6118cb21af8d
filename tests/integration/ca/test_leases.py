"""Two instances of ca over one database: who works for which authority, and what changes that."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.config.clock import SystemClock
from openjpki.config.parts import LeasePart
from openjpki.domain.authority import AuthorityId
from openjpki.domain.policy import AuthorityPolicy
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.authorities.create_authority import create_authority, set_active
from openjpki.services.ca.crl.publication import Publisher
from openjpki.services.ca.service import CaService, close_context, open_context, publisher_of
from openjpki.storage.ca import issuances
from openjpki.storage.kernel.journal import SqlJournal
from openjpki_devkit.mesh.authority import MeshAuthority
from tests.support.ca_service import (
    KAGAWA,
    TOYAMA,
    TRUST_DOMAIN,
    issue_request,
    revoke_request,
    running_ca,
)
from tests.support.ipv6 import has_ipv6
from tests.support.waiting import wait_until
from tests.support.window_officers import enrol_everybody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from openjpki.services.common.checkpoint import Checkpoint
    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

    Start = Callable[..., RunningCa]

BOTH = {AuthorityId.parse(TOYAMA), AuthorityId.parse(KAGAWA)}
TOWN = {TOYAMA: "16201", KAGAWA: "37201"}


@pytest.fixture
def instances(tmp_path: Path, postgres_url: str) -> Iterator[Start]:
    """Starts an instance of the name given, over the test's database."""
    mesh = MeshAuthority.create(clock=SystemClock(), trust_domain=TRUST_DOMAIN)
    with ExitStack() as running:

        def start(
            name: str, checkpoint: Checkpoint | None = None, host: str = "127.0.0.1"
        ) -> RunningCa:
            service: AbstractContextManager[RunningCa] = running_ca(
                tmp_path,
                postgres_url,
                authorities=(TOYAMA, KAGAWA),
                mesh=mesh,
                lease=LeasePart(instance=name),
                checkpoint=checkpoint,
                host=host,
            )
            return running.enter_context(service)

        yield start


def held(ca: RunningCa) -> set[AuthorityId]:
    return set(ca.service.ca.fence.held())


def shared(one: RunningCa, other: RunningCa) -> dict[str, RunningCa]:
    """Once each has one authority: who has which."""
    wait_until(lambda: len(held(one)) == len(held(other)) == 1 and held(one) | held(other) == BOTH)
    return {str(next(iter(held(ca)))): ca for ca in (one, other)}


def once(ca: RunningCa) -> ca_pb2_grpc.CertificateServiceStub:
    """Asks this very instance, once."""
    return ca_pb2_grpc.CertificateServiceStub(ca.channel(PeerRole.REGISTRATION, retries=False))


def request(
    key: Keys, authority: str, person: str, number: int = 0
) -> ca_pb2.IssueCertificateRequest:
    return issue_request(
        key[number], authority_id=authority, municipality_code=TOWN[authority], person=person
    )


def test_two_instances_share_the_authorities(instances: Start, keys: Keys) -> None:
    one = instances("ca-0")
    assert held(one) == BOTH
    other = instances("ca-1")
    owners = shared(one, other)
    for number, (authority, owner) in enumerate(owners.items()):
        asked = request(keys, authority, authority, number)
        elsewhere = other if owner is one else one
        with pytest.raises(OpenJpkiError) as refused:
            once(elsewhere).IssueCertificate(asked)
        assert refused.value.reason is Reason.NOT_THE_OWNER
        named = "ca-0" if owner is one else "ca-1"
        assert refused.value.metadata["owner"] == named
        address = f"127.0.0.1:{owner.service.server.port}"
        assert refused.value.metadata["owner_address"] == address
        issued = once(owner).IssueCertificate(asked)
        # Reading is done anywhere.
        found = once(elsewhere).GetCertificate(
            ca_pb2.GetCertificateRequest(authority_id=authority, serial=issued.serial)
        )
        assert found.certificate == issued.certificate


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_a_caller_follows_to_the_owner_over_ipv6(instances: Start, keys: Keys) -> None:
    """The owner's address is told with the brackets that a client needs."""
    one = instances("ca-0", host="::1")
    other = instances("ca-1", host="::1")
    for number, (authority, owner) in enumerate(shared(one, other).items()):
        asked = request(keys, authority, authority, number)
        elsewhere = other if owner is one else one
        with pytest.raises(OpenJpkiError) as refused:
            once(elsewhere).IssueCertificate(asked)
        port = owner.service.server.port
        assert refused.value.metadata["owner_address"] == f"[::1]:{port}"
        # The same call by a client that is not told to try once: it ends at the owner.
        assert elsewhere.certificates().IssueCertificate(asked).serial


def test_every_writing_call_is_refused_elsewhere(instances: Start, keys: Keys) -> None:
    one = instances("ca-0")
    owners = shared(one, instances("ca-1"))
    elsewhere = owners[KAGAWA]
    issued = once(owners[TOYAMA]).IssueCertificate(request(keys, TOYAMA, "one"))
    revoke = revoke_request(issued.serial)
    with pytest.raises(OpenJpkiError) as refused:
        once(elsewhere).RevokeCertificate(revoke)
    assert refused.value.reason is Reason.NOT_THE_OWNER
    assert once(owners[TOYAMA]).RevokeCertificate(revoke).sequence == 2


def test_what_the_owner_does_is_followed_at_the_other_instance(
    instances: Start, keys: Keys
) -> None:
    one = instances("ca-0")
    owners = shared(one, instances("ca-1"))
    feed = ca_pb2_grpc.StatusFeedServiceStub(owners[KAGAWA].channel(PeerRole.OCSP))
    position = ca_pb2.FeedPosition(authority_id=TOYAMA, after_sequence=0)
    stream = feed.Follow(ca_pb2.FollowRequest(positions=[position]), timeout=60)
    next(stream)
    issued = once(owners[TOYAMA]).IssueCertificate(request(keys, TOYAMA, "one"))
    events = (event for news in stream for each in news.feeds for event in each.events)
    assert next(events).serial == issued.serial


def test_an_instance_that_stops_gives_its_authorities_away(instances: Start, keys: Keys) -> None:
    one = instances("ca-0")
    other = instances("ca-1")
    shared(one, other)
    one.stop()
    wait_until(lambda: held(other) == BOTH)
    for number, authority in enumerate((TOYAMA, KAGAWA)):
        once(other).IssueCertificate(request(keys, authority, authority, number))


def test_what_an_owner_left_open_is_finished_by_who_takes_over(
    instances: Start, keys: Keys
) -> None:
    leaving: list[str] = []

    def checkpoint(step: str) -> None:
        if step == "intent stored" and leaving:
            raise OpenJpkiError(Reason.INTERNAL, "the call ends here")

    one = instances("ca-0", checkpoint)
    one.service.jobs.stop()
    leaving.append("yes")
    asked = request(keys, TOYAMA, "one")
    with pytest.raises(OpenJpkiError):
        once(one).IssueCertificate(asked)
    toyama = AuthorityId.parse(TOYAMA)
    with one.service.ca.database.reading() as tx:
        (serial,) = issuances.open_intents(tx, toyama)
    one.stop()
    other = instances("ca-1")
    assert held(other) == BOTH
    with other.service.ca.database.reading() as tx:
        assert issuances.open_intents(tx, toyama) == []
    assert once(other).IssueCertificate(asked).serial == serial


def test_tasks_leave_alone_what_a_call_is_working_on(instances: Start, keys: Keys) -> None:
    """However young or old an intent is: its call ends it."""
    tried: list[int] = []
    service: list[CaService] = []

    def checkpoint(step: str) -> None:
        if step == "intent stored" and service:
            service[0].jobs.once()
            with service[0].ca.database.reading() as tx:
                tried.append(len(issuances.open_intents(tx, AuthorityId.parse(TOYAMA))))

    one = instances("ca-0", checkpoint)
    service.append(one.service)
    once(one).IssueCertificate(request(keys, TOYAMA, "one"))
    assert tried == [1]


def test_a_writer_that_wrongly_believes_to_be_the_owner_writes_nothing(
    instances: Start, keys: Keys
) -> None:
    one = instances("ca-0")
    # Its calls begin under the lease it has now, and go on after another one has taken it.
    toyama = AuthorityId.parse(TOYAMA)
    with one.service.ca.fence.writing(toyama) as late:
        other = instances("ca-1")
        with other.service.ca.database.transaction() as tx:
            tx.connection.execute(
                text("UPDATE leases SET token = token + 1, owner = 'ca-1', address = 'there:1'")
            )
        with pytest.raises(OpenJpkiError) as refused:
            late.run(lambda tx: tx.connection.execute(text("UPDATE feeds SET head = 99")))
    assert refused.value.reason is Reason.NOT_THE_OWNER
    assert refused.value.metadata["owner_address"] == "there:1"
    with other.service.ca.database.reading() as view:
        heads = view.connection.execute(text("SELECT DISTINCT head FROM feeds")).scalars().all()
    assert heads == [0]


@pytest.mark.parametrize("hours", [2, -2], ids=["forward", "backward"])
def test_a_database_clock_that_jumps_doubles_nothing_and_loses_nothing(
    instances: Start, keys: Keys, hours: int
) -> None:
    """To a lease, a clock set forward is an expiry that moved back, and the other way round."""
    one, other = instances("ca-0"), instances("ca-1")
    shared(one, other)
    asked = [request(keys, TOYAMA, f"person {number}", number) for number in range(len(keys))]
    stub = one.certificates()
    done: list[bytes] = []

    def issue() -> None:
        for each in asked:
            while True:
                try:
                    done.append(stub.IssueCertificate(each, timeout=60).serial)
                    break
                except OpenJpkiError as error:
                    if not error.reason.retryable:
                        raise
                    time.sleep(0.05)

    issuing = Thread(target=issue)
    issuing.start()
    for _ in range(5):
        before = len(done)
        with one.service.ca.database.transaction() as tx:
            tx.connection.execute(
                text(
                    "UPDATE leases SET expires_at = expires_at - make_interval(hours => :by)"
                    " WHERE owner IS NOT NULL"
                ),
                {"by": hours},
            )
        wait_until(lambda: len(done) > before or not issuing.is_alive())  # noqa: B023
    issuing.join(120)
    assert len(set(done)) == len(asked)
    with one.service.ca.database.reading() as view:
        entries = list(SqlJournal().read_all(view, TOYAMA))
    issued = [entry.subject for entry in entries if entry.act == "certificate.issued"]
    assert sorted(issued) == sorted(serial.hex() for serial in done)
    wait_until(lambda: held(one) | held(other) == BOTH and not held(one) & held(other))


def test_each_list_is_made_by_one_instance(instances: Start) -> None:
    one, other = instances("ca-0"), instances("ca-1")
    owners = shared(one, other)
    for ca in (one, other):
        ca.service.jobs.stop()
    for authority, number in ((TOYAMA, 16), (KAGAWA, 18)):
        always_due = Publisher(owners[authority].service.ca, timedelta(0), timedelta(days=1))
        assert always_due.publish_due() == number
    with pytest.raises(OpenJpkiError) as refused:
        owners[KAGAWA].service.publisher.publish_authority(AuthorityId.parse(TOYAMA))
    assert refused.value.reason is Reason.NOT_THE_OWNER


def test_a_console_acts_beside_a_running_owner(ca: RunningCa, keys: Keys) -> None:
    """On both databases: it stops and resumes, and makes an authority that is served at once."""
    here = open_context(ca.settings, SystemClock())
    stub = ca.certificates()
    try:
        toyama = AuthorityId.parse(TOYAMA)
        set_active(here, toyama, active=False, actor="console/test")
        with pytest.raises(OpenJpkiError) as refused:
            stub.IssueCertificate(issue_request(keys[0]))
        assert refused.value.reason is Reason.AUTHORITY_NOT_ACTIVE
        set_active(here, toyama, active=True, actor="console/test")
        stub.IssueCertificate(issue_request(keys[0]))
        # Twice: the owner may have made one of a number at the same moment.
        publisher = publisher_of(here, ca.settings)
        assert publisher.publish_authority(toyama) or publisher.publish_authority(toyama)
        tottori = AuthorityId.signing("31")
        create_authority(here, tottori, AuthorityPolicy(), actor="console/test")
        enrol_everybody(here, tottori)
        stub.IssueCertificate(
            issue_request(
                keys[1], authority_id=str(tottori), municipality_code="31201", person="other"
            )
        )
    finally:
        close_context(here)


def test_a_second_service_on_a_sqlite_database_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ca.db'}"
    with running_ca(tmp_path, url, lease=LeasePart(instance="ca-0")) as one:
        second = CaService(
            one.settings.model_copy(update={"lease": LeasePart(instance="ca-1")}), SystemClock()
        )
        with pytest.raises(OpenJpkiError) as refused:
            second.start()
        assert refused.value.reason is Reason.SERVICE_UNAVAILABLE
        assert "instance ca-0" in refused.value.message
        second.stop()
        # The first one goes on.
        assert held(one) == {AuthorityId.parse(TOYAMA)}


def test_nobody_works_for_an_authority_that_is_none(instances: Start, keys: Keys) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        once(instances("ca-0")).IssueCertificate(
            issue_request(keys[0], authority_id="signing-31", municipality_code="31201")
        )
    assert refused.value.reason is Reason.AUTHORITY_NOT_FOUND
