"""A server from its start to its end: health, reflection, retries, draining, metrics."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.config.address import Address
from openjpki.config.base import ServiceSettings
from openjpki.config.parts import LimitsPart, ServicePart, TlsPart
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.credentials import RotatingMaterial, channel_credentials
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server import door_probe
from openjpki.rpc.server.authorization import ContractError
from openjpki.rpc.server.health import ALIVE
from openjpki.rpc.server.server import ServerLimits, build_server
from openjpki.services.common.running import channel_to, server_of
from openjpki.telemetry.metrics import REGISTRY
from tests.support.ca_servicers import Ca, position, revocation
from tests.support.ocsp_service import until
from tests.support.probing import health_of

if TYPE_CHECKING:
    from collections.abc import Iterator

CERTIFICATES = "openjpki.api.ca.v1.CertificateService"
State = health_pb2.HealthCheckResponse


def test_health_answers_without_a_certificate(served: Any) -> None:
    port = served.server.health_port
    assert health_of(port) == State.SERVING
    assert health_of(port, CERTIFICATES) == State.SERVING
    served.server.health.set_serving(CERTIFICATES, serving=False)
    assert health_of(port, CERTIFICATES) == State.NOT_SERVING
    assert health_of(port) == State.SERVING
    served.server.health.set_serving(CERTIFICATES, serving=True)
    with pytest.raises(grpc.RpcError) as unknown:
        health_of(port, "no.such.Service")
    assert unknown.value.code() is grpc.StatusCode.NOT_FOUND


def test_nothing_but_health_is_on_the_plaintext_port(served: Any) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{served.server.health_port}") as channel:
        stub = ca_pb2_grpc.CertificateServiceStub(channel)
        with pytest.raises(grpc.RpcError) as refused:
            stub.RevokeCertificate(revocation(), timeout=60)
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
    with grpc.insecure_channel(f"127.0.0.1:{served.server.port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        with pytest.raises(grpc.RpcError) as closed:
            stub.Check(health_pb2.HealthCheckRequest(), timeout=60)
        assert closed.value.code() is grpc.StatusCode.UNAVAILABLE


def test_reflection_shows_the_contracts_to_peers(mesh: Any, served: Any) -> None:
    material = RotatingMaterial(mesh.files(PeerRole.VERIFIER, "v1")).current()
    target = f"localhost:{served.server.port}"
    ask = reflection_pb2.ServerReflectionRequest
    with grpc.secure_channel(target, channel_credentials(material)) as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        requests = [ask(list_services=""), ask(file_containing_symbol=CERTIFICATES)]
        listed, file = stub.ServerReflectionInfo(iter(requests), timeout=60)
    names = {one.name for one in listed.list_services_response.service}
    assert {CERTIFICATES, "openjpki.api.ca.v1.StatusFeedService"} < names
    assert file.file_descriptor_response.file_descriptor_proto


def test_reflection_is_not_for_strangers(mesh: Any, served: Any) -> None:
    material = RotatingMaterial(mesh.odd_files([])).current()
    with grpc.secure_channel(
        f"localhost:{served.server.port}", channel_credentials(material)
    ) as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        with pytest.raises(grpc.RpcError) as refused:
            list(stub.ServerReflectionInfo(iter([request]), timeout=60))
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_passing_trouble_is_retried_with_the_same_request_id(served: Any) -> None:
    ids: list[str] = []

    def revoke(request: Any, _context: Any) -> ca_pb2.RevokeCertificateResponse:
        ids.append(request.request_id)
        if len(ids) < 3:
            raise OpenJpkiError(Reason.KEY_DEVICE_UNAVAILABLE, "the device is away")
        return ca_pb2.RevokeCertificateResponse(sequence=5)

    served.ca.certificates.does = revoke
    with served.channel() as channel:
        assert served.certificates(channel).RevokeCertificate(revocation()).sequence == 5
    assert len(ids) == 3
    assert len(set(ids)) == 1


def test_lasting_trouble_and_refusals_come_back_with_their_reason(served: Any) -> None:
    tried: list[Reason] = []

    def revoke(_request: Any, _context: Any) -> None:
        tried.append(reason)
        raise OpenJpkiError(reason, "so it is")

    served.ca.certificates.does = revoke
    with served.channel() as channel:
        for reason, times in ((Reason.KEY_DEVICE_UNAVAILABLE, 4), (Reason.WRONG_STATE, 1)):
            tried.clear()
            with pytest.raises(OpenJpkiError) as refused:
                served.certificates(channel).RevokeCertificate(revocation())
            assert refused.value.reason is reason
            assert len(tried) == times


def test_unknown_methods_do_not_exist(served: Any) -> None:
    with served.channel() as channel:
        with pytest.raises(OpenJpkiError) as refused:
            channel.unary_unary(f"/{CERTIFICATES}/DeleteEverything")(b"")
        assert refused.value.reason is Reason.NOT_IMPLEMENTED
        with pytest.raises(OpenJpkiError) as refused:
            channel.unary_unary("/openjpki.api.bridge.v1.PathService/Validate")(b"")
        assert refused.value.reason is Reason.NOT_IMPLEMENTED


def test_calls_beyond_the_limit_are_refused(mesh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Of three places one would be the service's own now and then, which asks itself.
    monkeypatch.setattr(door_probe, "EVERY", 3600.0)
    ca, go_on = Ca(), threading.Event()

    def wait(_request: Any, _context: Any) -> ca_pb2.RevokeCertificateResponse:
        go_on.wait(120)
        return ca_pb2.RevokeCertificateResponse()

    ca.certificates.does = wait
    with (
        mesh.serve(PeerRole.CA, ca.services, ServerLimits(threads=2, max_calls=3)) as server,
        mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION) as channel,
    ):
        revoke = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate
        running = [revoke.future(revocation()) for _ in range(3)]
        until(lambda: REGISTRY.get_sample_value("openjpki_rpc_in_use", {"what": "calls"}) == 3)
        with pytest.raises(OpenJpkiError) as refused:
            revoke(revocation())
        assert refused.value.reason is Reason.TOO_MANY_CALLS
        go_on.set()
        for call in running:
            call.result(60)


def test_stopping_lets_calls_end_and_turns_health_off(mesh: Any) -> None:
    ca, entered, go_on = Ca(), threading.Event(), threading.Event()

    def slow(_request: Any, _context: Any) -> ca_pb2.RevokeCertificateResponse:
        entered.set()
        go_on.wait(120)
        return ca_pb2.RevokeCertificateResponse(sequence=8)

    ca.certificates.does = slow
    with (
        mesh.serve(PeerRole.CA, ca.services, ServerLimits(drain=90)) as server,
        mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION) as channel,
    ):
        stub = ca_pb2_grpc.CertificateServiceStub(channel)
        call = stub.RevokeCertificate.future(revocation())
        assert entered.wait(60)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        until(lambda: health_of(server.health_port) == State.NOT_SERVING)
        assert not call.done()
        go_on.set()
        assert call.result(60).sequence == 8
        stopping.join(90)
        assert not stopping.is_alive()
        assert server.wait(60)


def test_stopping_ends_endless_streams_after_the_grace(mesh: Any) -> None:
    ca = Ca()

    def follow(_request: Any, context: grpc.ServicerContext) -> Iterator[ca_pb2.FollowResponse]:
        while context.is_active():
            yield ca_pb2.FollowResponse()
            time.sleep(0.01)

    ca.feed.does = follow
    with (
        mesh.serve(PeerRole.CA, ca.services, ServerLimits(drain=0.3)) as server,
        mesh.channel(server, PeerRole.CA, PeerRole.OCSP) as channel,
    ):
        stream = ca_pb2_grpc.StatusFeedServiceStub(channel).Follow(position())
        next(stream)
        # It would go on for ever by itself.
        server.stop()
        with pytest.raises(OpenJpkiError):
            list(stream)


def test_client_waits_for_a_service_that_starts_later(mesh: Any, tmp_path: Any) -> None:
    """By settings, as the services do it: they restart in any order."""
    # Not yet: somebody is there, and hangs up.
    nobody = socket.create_server(("127.0.0.1", 0))
    port = nobody.getsockname()[1]
    files = mesh.files(PeerRole.CA)
    settings = ServiceSettings.model_construct(
        service=ServicePart(
            listen=Address.of("127.0.0.1", port),
            health_listen=Address("127.0.0.1:0"),
            metrics_listen=Address("127.0.0.1:0"),
            limits=LimitsPart(threads=2),
        ),
        tls=_tls_part(files, mesh.trust_domain),
    )
    ca = Ca()
    ca.certificates.does = lambda _r, _c: ca_pb2.RevokeCertificateResponse(sequence=2)
    own = _tls_part(mesh.files(PeerRole.REGISTRATION), mesh.trust_domain)
    with channel_to(Address.of("localhost", port), own, PeerRole.CA) as channel:
        stub = ca_pb2_grpc.CertificateServiceStub(channel)
        call = stub.RevokeCertificate.future(revocation(), timeout=90)
        nobody.settimeout(60)
        nobody.accept()[0].close()
        nobody.close()
        server = server_of(settings, mesh.clock, ca.services)
        server.start()
        try:
            assert call.result(90).sequence == 2
        finally:
            server.stop()


def test_not_serving_until_told(mesh: Any) -> None:
    server = build_server(
        listen="127.0.0.1:0",
        health_listen="127.0.0.1:0",
        tls=mesh.files(PeerRole.CA),
        trust_domain=mesh.trust_domain,
        clock=mesh.clock,
        services=Ca().services,
    )
    server.start(serving=False)
    try:
        assert health_of(server.health_port) == State.NOT_SERVING
        # Nothing that a new start would mend.
        assert health_of(server.health_port, ALIVE) == State.SERVING
        server.health.set_all_serving()
        assert health_of(server.health_port, CERTIFICATES) == State.SERVING
    finally:
        server.stop()
        server.stop()


def test_service_without_a_rule_in_its_contract_is_not_served(mesh: Any) -> None:
    """The standard health service says not who may call it: on this port, nobody."""
    with pytest.raises(ContractError, match="says not who may call it"):
        build_server(
            listen="127.0.0.1:0",
            health_listen="127.0.0.1:0",
            tls=mesh.files(PeerRole.CA),
            trust_domain=mesh.trust_domain,
            clock=mesh.clock,
            services=[
                lambda server: health_pb2_grpc.add_HealthServicer_to_server(
                    health_pb2_grpc.HealthServicer(), server
                )
            ],
        )


def test_port_in_use_is_an_error(mesh: Any, served: Any) -> None:
    with pytest.raises(OpenJpkiError, match=r"service\.listen: another program") as refused:
        build_server(
            listen=f"127.0.0.1:{served.server.port}",
            health_listen="127.0.0.1:0",
            tls=mesh.files(PeerRole.CA),
            trust_domain=mesh.trust_domain,
            clock=mesh.clock,
            services=Ca().services,
        )
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE


def test_every_call_is_counted_with_its_code(served: Any) -> None:
    def handled(code: str) -> float:
        labels = {"service": CERTIFICATES, "method": "RevokeCertificate", "code": code}
        return REGISTRY.get_sample_value("openjpki_rpc_handled_total", labels) or 0.0

    def seen(name: str) -> float:
        labels = {"service": CERTIFICATES, "method": "RevokeCertificate"}
        return REGISTRY.get_sample_value(name, labels) or 0.0

    def send_elsewhere(_request: Any, _context: Any) -> None:
        raise OpenJpkiError(Reason.NOT_THE_OWNER, "is another instance's")

    codes = ("OK", "INVALID_ARGUMENT", "INTERNAL", "NOT_THE_OWNER", "UNAVAILABLE")
    before = {code: handled(code) for code in codes}
    started = seen("openjpki_rpc_started_total")
    timed = seen("openjpki_rpc_duration_seconds_count")
    with served.channel(retries=False) as channel:
        revoke = served.certificates(channel).RevokeCertificate
        served.ca.certificates.does = lambda _r, _c: ca_pb2.RevokeCertificateResponse()
        revoke(revocation())
        with pytest.raises(OpenJpkiError):
            revoke(revocation(authority_id="x"))
        for does in (lambda _r, _c: 1 // 0, send_elsewhere):
            served.ca.certificates.does = does
            with pytest.raises(OpenJpkiError):
                revoke(revocation())
    assert {code: handled(code) - was for code, was in before.items()} == {
        "OK": 1,
        "INVALID_ARGUMENT": 1,
        "INTERNAL": 1,
        # No failure of the service, so no UNAVAILABLE that somebody is woken for.
        "NOT_THE_OWNER": 1,
        "UNAVAILABLE": 0,
    }
    assert seen("openjpki_rpc_started_total") - started == 4
    assert seen("openjpki_rpc_duration_seconds_count") - timed == 4


def _tls_part(files: Any, trust_domain: str) -> TlsPart:
    return TlsPart(
        certificate=files.certificate,
        private_key=files.private_key,
        trust_bundle=files.trust_bundle,
        trust_domain=trust_domain,
    )
