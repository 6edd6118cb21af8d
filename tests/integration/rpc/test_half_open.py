"""What callers open and do not finish keeps nobody else from being answered, at any service."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import message_factory
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.peer import server_name
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server import call_threads, door_probe, reflection
from openjpki.rpc.server.health import ALIVE
from openjpki.rpc.server.server import ServerLimits
from openjpki.services.ocsp.status_calls import STATUS_SERVICE
from openjpki.telemetry.metrics import REGISTRY
from openjpki_devkit.bench.half_open import half_open, slow_tls
from tests.support.ca_servicers import Ca, revocation
from tests.support.contracts import Method, add_all, methods
from tests.support.mesh import TRUST_DOMAIN
from tests.support.probing import health_of
from tests.support.scopes import put
from tests.support.status_front import telling
from tests.support.status_index import issue
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.rpc.server.server import RpcServer
    from tests.support.mesh import Mesh

CALLED = {
    PeerRole.REGISTRATION: ("GetApplication", PeerRole.WINDOW_OFFICER, "13101"),
    PeerRole.CA: ("ListAuthorities", PeerRole.VERIFIER, "tax-office"),
    PeerRole.OCSP: ("Check", PeerRole.VERIFIER, "tax-office"),
    PeerRole.BRIDGE: ("ListPool", PeerRole.VERIFIER, "tax-office"),
}
"""A method of each service, and who may call it."""
HALF_OPEN, PEERS, GOOD_CALLS = 500, 20, 200
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"


@pytest.fixture(autouse=True)
def no_call_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted here are the test's calls."""
    monkeypatch.setattr(door_probe, "EVERY", 3600.0)


class Answering:
    """A servicer of anything: answers with nothing."""

    def __init__(self) -> None:
        self._answers = {
            one.descriptor.name: message_factory.GetMessageClass(one.descriptor.output_type)
            for one in methods()
        }

    def __getattr__(self, name: str) -> Callable[[Any, Any], Any]:
        return lambda _request, _context: self._answers[name]()


def method_of(service: PeerRole) -> tuple[Method, PeerRole, str]:
    name, role, scope = CALLED[service]
    method = next(one for one in methods() if one.server is service and one.descriptor.name == name)
    return method, role, scope


@contextmanager
def serving(
    mesh: Mesh, service: PeerRole, limits: ServerLimits, request: Any
) -> Iterator[RpcServer]:
    """As it is deployed: ocsp with its front. Its only verifier asks about a good certificate."""
    answering = Answering()
    if service is not PeerRole.OCSP:
        with mesh.serve(service, add_all(service, answering), limits) as server:
            yield server
        return
    behind = add_all(service, answering, but={STATUS_SERVICE})
    with telling(mesh, limits, tuple(behind)) as told:
        issue(told.index, request.serial)
        told.register("good")
        yield told.server


def in_use(what: str) -> float:
    return REGISTRY.get_sample_value("openjpki_rpc_in_use", {"what": what}) or 0.0


def refused(kind: str, whose: str) -> float:
    labels = {"kind": kind, "whose": whose}
    return REGISTRY.get_sample_value("openjpki_rpc_no_room_total", labels) or 0.0


@pytest.mark.parametrize("service", list(CALLED), ids=str)
def test_good_callers_are_answered_and_memory_comes_back(
    mesh: Mesh,
    service: PeerRole,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    """500 calls without a message and 500 streams of one peer, 200 of twenty others, and TLS that
    never ends: somebody else's calls are all answered."""
    monkeypatch.setattr(call_threads, "IDLE", 0.5)
    # However slow the machine is, what is half open stays so.
    monkeypatch.setattr(reflection, "PATIENCE", 300.0)
    limits = ServerLimits(message_patience=300.0)
    method, role, scope = method_of(service)
    request = method.request()
    for fields in method.scope_fields.values():
        for field in fields - {""}:
            put(request, field, scope)

    def peer(name: str) -> tuple[str, str]:
        """Scope and subject of a caller of that role, each another identity."""
        return (name, "") if role is PeerRole.VERIFIER else (scope, name)

    over_quota = refused("calls", "caller"), refused("streams", "caller")
    took = []
    with serving(mesh, service, limits, request) as server, ExitStack() as stack:
        attack = stack.enter_context(
            half_open(f"127.0.0.1:{server.port}", server_name(service, TRUST_DOMAIN))
        )
        stack.enter_context(slow_tls(server.port, HALF_OPEN))
        thief = mesh.files(role, *peer("thief"))
        attack.open(thief, method.path, HALF_OPEN)
        attack.open(thief, REFLECTION, HALF_OPEN)
        for number in range(PEERS):
            attack.open(mesh.files(role, *peer(f"peer-{number}")), method.path, 10)
        wait_until(
            lambda: (
                in_use("calls") >= limits.max_calls_each + 10 * PEERS
                and refused("calls", "caller") - over_quota[0] == HALF_OPEN - limits.max_calls_each
                and refused("streams", "caller") - over_quota[1]
                == HALF_OPEN - limits.max_streams_each
            )
        )
        with mesh.channel(server, service, role, *peer("good"), retries=False) as channel:
            call = channel.unary_unary(
                method.path,
                request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=lambda octets: octets,
            )
            for _ in range(GOOD_CALLS):
                began = time.perf_counter()
                call(request, timeout=60)
                took.append(time.perf_counter() - began)
        # What is over the quota is told so at once, and nobody else.
        over = sum(HALF_OPEN - each for each in (limits.max_calls_each, limits.max_streams_each))
        wait_until(lambda: attack.ended[grpc.StatusCode.RESOURCE_EXHAUSTED] >= over)
        assert attack.ended == {grpc.StatusCode.RESOURCE_EXHAUSTED: over}
        stack.close()
        wait_until(lambda: in_use("calls") == in_use("streams") == 0)
        wait_until(lambda: in_use("threads") <= 2)
    # For a person to read: how fast is the machine's to say (see the bench's edge_under_attack).
    record_property("p99_ms", sorted(took)[GOOD_CALLS * 99 // 100] * 1000)


def test_a_call_without_its_message_is_ended(mesh: Mesh) -> None:
    with (
        mesh.serve(PeerRole.CA, Ca().services, ServerLimits(message_patience=0.2)) as server,
        half_open(f"127.0.0.1:{server.port}", server_name(PeerRole.CA, TRUST_DOMAIN)) as attack,
    ):
        attack.open(
            mesh.files(PeerRole.REGISTRATION),
            "/openjpki.api.ca.v1.CertificateService/RevokeCertificate",
            3,
        )
        wait_until(lambda: attack.ended[grpc.StatusCode.CANCELLED] == 3)
        wait_until(lambda: in_use("calls") == 0)


def test_one_callers_calls_leave_turns_and_room_for_others(mesh: Mesh) -> None:
    """Of four turns one caller has three, of eight places six; an operator has what is kept."""
    ca, go_on = Ca(), threading.Event()
    at_work = threading.Semaphore(0)

    def wait(_request: Any, _context: Any) -> ca_pb2.RevokeCertificateResponse:
        at_work.release()
        go_on.wait(60)
        return ca_pb2.RevokeCertificateResponse()

    ca.certificates.does = wait
    limits = ServerLimits(
        threads=4, max_calls=8, max_calls_each=6, operator_share=0.0, newcomer_share=0.0
    )
    with (
        mesh.serve(PeerRole.CA, ca.services, limits) as server,
        mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION) as one,
        mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION, "13101") as other,
    ):
        revoke = ca_pb2_grpc.CertificateServiceStub(one).RevokeCertificate
        others = ca_pb2_grpc.CertificateServiceStub(other).RevokeCertificate
        running = [revoke.future(revocation(), timeout=60) for _ in range(6)]
        wait_until(lambda: in_use("calls") == 6)
        with pytest.raises(OpenJpkiError) as too_many:
            revoke(revocation())
        assert too_many.value.reason is Reason.CALLER_QUOTA_EXCEEDED
        for _ in range(3):
            assert at_work.acquire(timeout=60)
        assert in_use("calls_at_work") == 3
        running.append(others.future(revocation(), timeout=60))
        assert at_work.acquire(timeout=60)
        assert in_use("calls_at_work") == 4
        go_on.set()
        for call in running:
            call.result(60)


def test_operators_get_in_when_nobody_else_does(mesh: Mesh) -> None:
    ca = Ca()
    limits = ServerLimits(
        message_patience=300.0,
        max_calls=8,
        max_calls_each=8,
        operator_share=0.25,
        newcomer_share=0.0,
    )
    deny_list = add_all(PeerRole.CA, Answering())[-1]
    with (
        mesh.serve(PeerRole.CA, [*ca.services, deny_list], limits) as server,
        half_open(f"127.0.0.1:{server.port}", server_name(PeerRole.CA, TRUST_DOMAIN)) as attack,
        mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION, retries=False) as channel,
    ):
        attack.open(
            mesh.files(PeerRole.REGISTRATION, "13101"),
            "/openjpki.api.ca.v1.CertificateService/RevokeCertificate",
            8,
        )
        wait_until(lambda: attack.ended[grpc.StatusCode.RESOURCE_EXHAUSTED] == 2)
        with pytest.raises(OpenJpkiError) as full:
            ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate(revocation())
        assert full.value.reason is Reason.TOO_MANY_CALLS
        with mesh.channel(server, PeerRole.CA, PeerRole.OPERATOR, "ca", "op") as operator:
            listed: Any = operator.unary_unary("/openjpki.api.mesh.v1.DenyListService/List")
            assert listed(b"", timeout=20) == b""


def test_who_has_nothing_gets_in_however_many_take_all_they_may(
    mesh: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the service that asks itself: what others take must not have it restarted."""
    ca = Ca()
    ca.certificates.does = lambda _r, _c: ca_pb2.RevokeCertificateResponse(sequence=1)
    limits = ServerLimits(
        message_patience=300.0,
        max_calls=24,
        max_calls_each=6,
        operator_share=0.0,
        newcomer_share=0.25,
    )
    monkeypatch.setattr(door_probe, "EVERY", 0.1)
    probed = []
    call = door_probe.DoorProbe._call

    def noted(probe: door_probe.DoorProbe) -> str | None:
        probed.append(call(probe))
        return probed[-1]

    monkeypatch.setattr(door_probe.DoorProbe, "_call", noted)
    with (
        mesh.serve(PeerRole.CA, ca.services, limits) as server,
        half_open(f"127.0.0.1:{server.port}", server_name(PeerRole.CA, TRUST_DOMAIN)) as attack,
        mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION, retries=False) as channel,
    ):
        for municipality in ("13101", "13102", "13103", "13104"):
            attack.open(
                mesh.files(PeerRole.REGISTRATION, municipality),
                "/openjpki.api.ca.v1.CertificateService/RevokeCertificate",
                12,
            )
        # Of twenty-four places eighteen; the last caller had no more than two of the others.
        wait_until(lambda: in_use("calls") >= 18)
        wait_until(lambda: attack.ended[grpc.StatusCode.RESOURCE_EXHAUSTED] >= 28)
        before = len(probed)
        revoke = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate
        assert revoke(revocation()).sequence == 1
        wait_until(lambda: len(probed) >= before + 3)
        assert set(probed[before:]) == {None}
        assert health_of(server.health_port) == health_pb2.HealthCheckResponse.SERVING


@contextmanager
def silenced(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[RpcServer, Any]]:
    """A server whose turns are all taken, and what gives them back."""
    monkeypatch.setattr(door_probe, "EVERY", 0.1)
    monkeypatch.setattr(door_probe, "PATIENCE", 0.5)
    ca, go_on = Ca(), threading.Event()

    def wait(_request: Any, _context: Any) -> ca_pb2.RevokeCertificateResponse:
        go_on.wait(60)
        return ca_pb2.RevokeCertificateResponse()

    ca.certificates.does = wait
    limits = ServerLimits(threads=1, operator_share=0.0)
    with (
        mesh.serve(PeerRole.CA, ca.services, limits) as server,
        mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION) as channel,
    ):
        call = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate.future(
            revocation(), timeout=60
        )
        try:
            yield server, go_on
        finally:
            go_on.set()
            call.result(60)


def test_a_service_that_answers_nobody_says_so(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    state = health_pb2.HealthCheckResponse
    with silenced(mesh, monkeypatch) as (server, go_on):
        wait_until(lambda: health_of(server.health_port) == state.NOT_SERVING)
        # What starts a pod anew asks by this name.
        wait_until(lambda: health_of(server.health_port, ALIVE) == state.NOT_SERVING)
        go_on.set()
        wait_until(lambda: health_of(server.health_port) == state.SERVING)


def test_half_open_probes_do_not_silence_health(mesh: Mesh) -> None:
    """On the health port nobody is known; one address has its share, and calls end soon."""
    over = threading.Event()

    def nothing() -> Iterator[bytes]:
        over.wait(60)
        yield from ()

    with (
        mesh.serve(PeerRole.CA, Ca().services) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.health_port}") as channel,
    ):
        check: Any = channel.stream_unary("/grpc.health.v1.Health/Check")
        calls = [check.future(nothing(), timeout=60) for _ in range(15)]
        assert health_of(server.health_port) == health_pb2.HealthCheckResponse.SERVING
        for call in calls:
            assert call.code() is grpc.StatusCode.CANCELLED
        over.set()


def test_the_health_port_tells_what_it_answers(mesh: Mesh) -> None:
    """So that ``grpcurl -plaintext HOST:8081 grpc.health.v1.Health/Check`` needs no files."""
    ask = reflection_pb2.ServerReflectionRequest
    names = ("grpc.health.v1.Health", "grpc.health.v1.Health.Check", "grpc.health.v1.Health.No")
    questions = [ask(list_services=""), *(ask(file_containing_symbol=one) for one in names)]
    with (
        mesh.serve(PeerRole.CA, Ca().services) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.health_port}") as channel,
    ):
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        listed, file, same, none = stub.ServerReflectionInfo(iter(questions), timeout=20)
        served = {one.name for one in listed.list_services_response.service}
        assert served == {"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
        assert file.file_descriptor_response.file_descriptor_proto
        # A method is a symbol too.
        assert same.file_descriptor_response == file.file_descriptor_response
        assert none.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]
