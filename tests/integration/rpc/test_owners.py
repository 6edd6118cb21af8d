"""Two instances of a service, of which one owns what a call is about: the caller need not know."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.domain.authority import AuthorityId
from openjpki.domain.lease import Instance, not_the_owner
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.client.search import HOPS
from openjpki.rpc.current_call import peer_of
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.server import ServerLimits
from tests.support.ca_servicers import Ca, revocation
from tests.support.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.rpc.client.channel import TypedChannel
    from openjpki.rpc.server.server import RpcServer
    from tests.support.mesh import Mesh


class InstanceOfCa:
    """One server; what it was asked, and whom it calls the owner."""

    def __init__(self, mesh: Mesh, name: str, role: PeerRole = PeerRole.CA) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.owner: Instance | None = None
        self.owns = False
        self.before_answering: Callable[[], None] = lambda: None
        self._stack = ExitStack()
        ca = Ca()
        ca.certificates.does = self._serve
        self.server: RpcServer = self._stack.enter_context(
            mesh.serve(role, ca.services, ServerLimits(drain=0.2))
        )
        self.itself = Instance(name, f"127.0.0.1:{self.server.port}")

    def stop(self) -> None:
        self._stack.close()

    def _serve(self, request: Any, context: Any) -> ca_pb2.RevokeCertificateResponse:
        self.asked.append((request.request_id, peer_of(context).role))
        self.before_answering()
        if not self.owns:
            raise not_the_owner(AuthorityId.parse(request.authority_id), self.owner)
        return ca_pb2.RevokeCertificateResponse(sequence=len(self.asked))


class Two:
    """A channel to ``home``, and ``other`` beside it."""

    def __init__(self, mesh: Mesh, stack: ExitStack) -> None:
        self.mesh = mesh
        self._stack = stack
        self.home, self.other = (self.instance(f"ca-{number}") for number in range(2))

    def instance(self, name: str, role: PeerRole = PeerRole.CA) -> InstanceOfCa:
        made = InstanceOfCa(self.mesh, name, role)
        self._stack.callback(made.stop)
        return made

    def channel(self, port: int | None = None, **options: Any) -> TypedChannel:
        channel = open_channel(
            f"127.0.0.1:{port or self.home.server.port}",
            self.mesh.files(PeerRole.REGISTRATION),
            expect_role=PeerRole.CA,
            trust_domain=self.mesh.trust_domain,
            **options,
        )
        self._stack.callback(channel.close)
        return channel

    def stub(self, **options: Any) -> ca_pb2_grpc.CertificateServiceStub:
        return ca_pb2_grpc.CertificateServiceStub(self.channel(**options))


@pytest.fixture
def two(mesh: Mesh) -> Iterator[Two]:
    with ExitStack() as stack:
        yield Two(mesh, stack)


def test_a_call_is_made_again_at_the_owner(two: Two) -> None:
    two.home.owner, two.other.owns = two.other.itself, True
    request = revocation()
    assert two.stub().RevokeCertificate(request).sequence == 1
    assert two.home.asked == two.other.asked == [(request.request_id, PeerRole.REGISTRATION)]


def test_the_next_call_goes_to_the_owner_at_once(two: Two) -> None:
    two.home.owner, two.other.owns = two.other.itself, True
    stub = two.stub()
    for _ in range(3):
        stub.RevokeCertificate(revocation())
    assert len(two.home.asked) == 1
    assert len(two.other.asked) == 3
    # What is said of one authority is not believed of another.
    stub.RevokeCertificate(revocation(authority_id="signing-14"))
    assert len(two.home.asked) == 2


def test_an_owner_that_gave_its_lease_away_says_to_whom(two: Two) -> None:
    two.home.owner, two.other.owns = two.other.itself, True
    stub = two.stub()
    stub.RevokeCertificate(revocation())
    two.other.owns, two.other.owner = False, two.home.itself
    two.home.owns = True
    stub.RevokeCertificate(revocation())
    assert (len(two.home.asked), len(two.other.asked)) == (2, 2)


def test_with_call_goes_there_too(two: Two) -> None:
    two.home.owner, two.other.owns = two.other.itself, True
    answer, call = two.stub().RevokeCertificate.with_call(revocation())
    assert answer.sequence == 1
    assert call.trailing_metadata() is not None


def test_a_refusal_of_the_owner_is_the_answer(two: Two) -> None:
    def refuse() -> None:
        raise OpenJpkiError(Reason.ALREADY_REVOKED, "was revoked", field="serial")

    two.home.owner, two.other.before_answering = two.other.itself, refuse
    with pytest.raises(OpenJpkiError) as refused:
        two.stub().RevokeCertificate(revocation())
    assert refused.value.reason is Reason.ALREADY_REVOKED
    assert len(two.other.asked) == 1


def test_while_nobody_is_the_owner_the_call_waits(two: Two) -> None:
    def take_over_at_the_third() -> None:
        two.home.owns = len(two.home.asked) == 3

    two.home.before_answering = take_over_at_the_third
    assert two.stub().RevokeCertificate(revocation()).sequence == 3


def test_instances_that_name_each_other_are_not_asked_for_ever(two: Two) -> None:
    two.home.owner, two.other.owner = two.other.itself, two.home.itself
    with pytest.raises(OpenJpkiError) as refused:
        two.stub().RevokeCertificate(revocation(), timeout=0.1)
    assert refused.value.reason in {Reason.SERVICE_UNAVAILABLE, Reason.DEADLINE_EXCEEDED}
    # No pause was due within this deadline.
    assert len(two.home.asked) + len(two.other.asked) <= HOPS + 1


def test_who_owns_what_is_not_told_to_the_caller(two: Two) -> None:
    two.home.owner = two.home.itself
    with pytest.raises(OpenJpkiError) as refused:
        two.stub().RevokeCertificate(revocation(), timeout=1)
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE
    assert refused.value.metadata == {}
    assert refused.value.field is None


def test_an_owner_of_another_role_is_never_called(two: Two) -> None:
    stranger = two.instance("ca-2", PeerRole.BRIDGE)
    stranger.owns, two.home.owner = True, stranger.itself
    with pytest.raises(OpenJpkiError) as refused:
        two.stub().RevokeCertificate(revocation(), timeout=2)
    assert refused.value.reason in {Reason.SERVICE_UNAVAILABLE, Reason.DEADLINE_EXCEEDED}
    assert stranger.asked == []


def test_an_owner_that_is_gone_is_given_up_for_its_successor(two: Two) -> None:
    two.home.owner, two.other.owns = two.other.itself, True
    stub = two.stub()
    stub.RevokeCertificate(revocation())
    two.other.stop()

    def take_over_at_last() -> None:
        two.home.owns = len(two.home.asked) == 4

    two.home.before_answering = take_over_at_last
    assert stub.RevokeCertificate(revocation()).sequence == 4
    # Whose successor answers next time without the other being tried.
    two.home.before_answering = lambda: None
    assert stub.RevokeCertificate(revocation(), timeout=60).sequence == 5


def test_an_owner_that_goes_under_the_call_is_given_up_too(two: Two) -> None:
    let_go = threading.Event()

    def go() -> None:
        two.home.owns = True
        threading.Thread(target=two.other.stop).start()
        let_go.wait(20)

    two.home.owner, two.other.before_answering = two.other.itself, go
    request = revocation()
    try:
        assert two.stub().RevokeCertificate(request, timeout=25).sequence == 2
    finally:
        let_go.set()
    assert [asked for asked, _ in two.home.asked] == [request.request_id] * 2
    assert [asked for asked, _ in two.other.asked] == [request.request_id]


def test_where_the_owners_own_address_leads_nowhere_the_balancer_leads_to_it(two: Two) -> None:
    balancer = Relay(two.home.server.port, two.other.server.port)
    nowhere = Relay(two.other.server.port)
    nowhere.close()
    two.home.owner = Instance(two.other.itself.name, f"127.0.0.1:{nowhere.port}")
    two.other.owns = True
    stub = ca_pb2_grpc.CertificateServiceStub(two.channel(balancer.port))
    try:
        for _ in range(3):
            stub.RevokeCertificate(revocation())
    finally:
        balancer.close()
    assert (len(two.home.asked), len(two.other.asked)) == (1, 3)


def test_a_channel_without_retries_asks_once(two: Two) -> None:
    two.home.owner, two.other.owns = two.other.itself, True
    with pytest.raises(OpenJpkiError) as refused:
        two.stub(retries=False).RevokeCertificate(revocation())
    assert refused.value.reason is Reason.NOT_THE_OWNER
    assert refused.value.metadata["owner"] == "ca-1"
    assert two.other.asked == []


def test_closing_ends_the_connections_to_owners(two: Two) -> None:
    two.home.owner, two.other.owns = two.other.itself, True
    channel = two.channel()
    stub = ca_pb2_grpc.CertificateServiceStub(channel)
    stub.RevokeCertificate(revocation())
    under_way = threading.Event()
    let_go = threading.Event()
    told: list[Reason] = []

    def answer() -> None:
        under_way.set()
        let_go.wait(20)

    def call() -> None:
        with pytest.raises(OpenJpkiError) as refused:
            stub.RevokeCertificate(revocation(), timeout=90)
        told.append(refused.value.reason)

    two.other.before_answering = answer
    caller = threading.Thread(target=call)
    caller.start()
    try:
        assert under_way.wait(60)
        channel.close()
        caller.join(60)
    finally:
        let_go.set()
    assert told
    assert told[0] in {Reason.CANCELLED, Reason.SERVICE_UNAVAILABLE}
    assert len(two.home.asked) == 1
    with pytest.raises(OpenJpkiError) as refused:
        stub.RevokeCertificate(revocation())
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE
