"""StatusService as the signing core serves it: answers, refusals, streams, and what is behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from openjpki.api.ocsp.v1 import ocsp_pb2, ocsp_pb2_grpc
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.agreements import Way
from openjpki.domain.authority import AuthorityId, not_an_authority
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.current_call import peer_of
from openjpki.rpc.identity.credentials import RotatingMaterial, channel_credentials
from openjpki.rpc.identity.peer import server_name
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.server import ServerLimits
from openjpki.rpc.server.validation import check_message
from openjpki.rpc.status import to_status, typed_error
from openjpki.services.ocsp import status_calls
from openjpki.services.ocsp.micros import micros
from openjpki.services.ocsp.registry.entries import Registry as VerifierRegistry
from openjpki.signer_core import StatusIndex
from openjpki.storage.ocsp.verifiers import VerifierRecord
from openjpki.telemetry.metrics import REGISTRY
from tests.support.mesh import TRUST_DOMAIN, Mesh
from tests.support.status_front import AUTHORITY, VERIFIER, Told, agreed, telling
from tests.support.status_index import issue, revoke
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

GOOD = revocation_pb2.CERTIFICATE_STATUS_GOOD
REVOKED = revocation_pb2.CERTIFICATE_STATUS_REVOKED
UNKNOWN = revocation_pb2.CERTIFICATE_STATUS_UNKNOWN
ID = str(AUTHORITY)
SERVICE = "openjpki.api.ocsp.v1.StatusService"


class Registry(ocsp_pb2_grpc.VerifierRegistryServiceServicer):
    """What is behind: says who called."""

    def PutVerifier(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def RemoveVerifier(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def ListVerifiers(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        peer = peer_of(context)
        verifier = ocsp_pb2.Verifier(verifier_id="it", display_name=peer.spiffe_id)
        return ocsp_pb2.ListVerifiersResponse(verifiers=[verifier])


class Lists(ocsp_pb2_grpc.RevocationListDownloadServiceServicer):
    """What is behind: pieces."""

    def ListRevocationLists(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def DownloadRevocationList(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        for number in range(8):
            yield ocsp_pb2.DownloadRevocationListResponse(chunk=bytes([number]) * (1 << 18))
        raise OpenJpkiError(Reason.CRL_NOT_FOUND, "is none", field="partition")


BEHIND = (
    partial(ocsp_pb2_grpc.add_VerifierRegistryServiceServicer_to_server, Registry()),
    partial(ocsp_pb2_grpc.add_RevocationListDownloadServiceServicer_to_server, Lists()),
)


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    return Mesh(tmp_path)


@pytest.fixture
def told(mesh: Mesh) -> Iterator[Told]:
    with telling(mesh, services=BEHIND) as running:
        yield running


def index_of(*good: bytes, revoked: bytes = b"") -> StatusIndex:
    index = StatusIndex()
    for serial in good:
        issue(index, serial)
    if revoked:
        revoke(index, revoked, 1, 1_700_000_000)
    return index


def check(serial: bytes = b"\x05", authority: str = ID) -> ocsp_pb2.CheckRequest:
    return ocsp_pb2.CheckRequest(authority_id=authority, serial=serial)


def watch(*serials: bytes) -> ocsp_pb2.WatchRequest:
    return ocsp_pb2.WatchRequest(authority_id=ID, serials=serials)


def refused(call: Any, request: Any, **options: Any) -> OpenJpkiError:
    with pytest.raises(OpenJpkiError) as refusal:
        call(request, **options)
    return refusal.value


@pytest.mark.requirement("R4.1.1")
def test_one_certificate_and_many(told: Told) -> None:
    told.tell(index_of(b"\x05", revoked=b"\x06"), sequence=7)
    assert told.authority.position is not None
    as_of = int(told.authority.position.as_of.timestamp())
    stub = told.stub()
    assert stub.Check(check()) == ocsp_pb2.CheckResponse(status=GOOD, sequence=7, as_of=as_of)
    assert stub.Check(check(b"\x06")) == ocsp_pb2.CheckResponse(
        status=REVOKED, reason=1, revoked_at=1_700_000_000, sequence=7, as_of=as_of
    )
    assert stub.Check(check(b"\x07")).status == UNKNOWN
    serials = [b"\x06", b"\x07", b"\x05"] * 333
    batch = stub.CheckBatch(ocsp_pb2.CheckBatchRequest(authority_id=ID, serials=serials))
    assert batch == ocsp_pb2.CheckBatchResponse(
        statuses=bytes([REVOKED, UNKNOWN, GOOD]) * 333,
        reasons=bytes([1, 0, 0]) * 333,
        revoked_at=[1_700_000_000, 0, 0] * 333,
        sequence=7,
        as_of=as_of,
    )


def test_what_may_no_longer_be_told(told: Told, mesh: Mesh) -> None:
    told.tell(index_of(b"\x05", revoked=b"\x06"))
    stub = told.stub()
    staleness = told.authority.staleness
    mesh.clock.offset = staleness.freshness + timedelta(seconds=2)
    assert stub.Check(check()).status == GOOD
    error = refused(stub.Check, check(b"\x07"))
    assert (error.reason, error.field) == (Reason.CERTIFICATE_NOT_HEARD_OF, None)
    mesh.clock.offset = staleness.max_staleness + timedelta(seconds=2)
    error = refused(stub.Check, check())
    assert (error.reason, error.field) == (Reason.FEED_NOT_READY, "authority_id")
    assert stub.Check(check(b"\x06")).status == REVOKED
    serials = [b"\x05", b"\x06", b"\x07"]
    batch = stub.CheckBatch(ocsp_pb2.CheckBatchRequest(authority_id=ID, serials=serials))
    assert batch.statuses == bytes([0, REVOKED, 0])
    with pytest.raises(OpenJpkiError) as ended:
        next(stub.Watch(watch(b"\x06")))
    assert ended.value.reason is Reason.FEED_NOT_READY
    # Two calls that said a status, and one row of the batch.
    assert told.plane.core.take_usage() == [(VERIFIER, ID, "grpc", 3)]


@pytest.mark.requirement("R4.2", refuses=True)
def test_who_is_refused(told: Told, mesh: Mesh) -> None:
    stub = told.stub()
    assert refused(told.stub("stranger").Check, check()).reason is Reason.UNKNOWN_VERIFIER
    error = refused(stub.Check, check(authority="signing-14"))
    assert (error.reason, error.field) == (Reason.OUT_OF_SCOPE, "authority_id")
    told.plane.core.set_registry([(VERIFIER, [agreed("signing-14")], [], [])])
    assert refused(stub.Check, check(authority="signing-14")).reason is Reason.AUTHORITY_NOT_FOUND
    told.register(VERIFIER)
    denied = mesh.channel(told.server, PeerRole.OCSP, PeerRole.OPERATOR, "ocsp", "it")
    with denied:
        operator = ocsp_pb2_grpc.StatusServiceStub(denied)
        error = refused(operator.Check, check())
        assert (error.reason, error.metadata) == (Reason.ROLE_NOT_ALLOWED, {"role": "operator"})
    broken = refused(stub.Check, check(b"\0", "elsewhere"))
    assert [field for field, _ in broken.violations] == ["authority_id", "serial"]  # type: ignore[attr-defined]


def reasons(stub: ocsp_pb2_grpc.StatusServiceStub) -> set[Reason | None]:
    """Why each of the three calls is refused; None: it is not."""
    batch = ocsp_pb2.CheckBatchRequest(authority_id=ID, serials=[b"\x05"])
    calls: list[Callable[[], object]] = [
        lambda: stub.Check(check()),
        lambda: stub.CheckBatch(batch),
        lambda: next(stub.Watch(watch(b"\x05"))),
    ]
    found: set[Reason | None] = set()
    for call in calls:
        try:
            call()
        except OpenJpkiError as error:
            found.add(error.reason)
        else:
            found.add(None)
    return found


@pytest.mark.requirement("R4.3")
def test_calls_are_answered_as_was_agreed_and_for_as_long(told: Told, mesh: Mesh) -> None:
    """By the way and the clock, with nobody doing anything; an open stream ends too."""
    minute = timedelta(minutes=1)
    now = mesh.clock.now()
    begins, ends = micros(now + 10 * minute), micros(now + 20 * minute)
    stub = told.stub()
    for way in Way:
        told.plane.core.set_registry(
            [(VERIFIER, [agreed(way=way, begins=begins, ends=ends)], [], [])]
        )
        for minutes, held in ((9, False), (11, True), (19, True), (21, False)):
            mesh.clock.offset = minutes * minute
            told.tell(index_of(b"\x05"))
            expected = None if held and way is Way.GRPC else Reason.OUT_OF_SCOPE
            assert reasons(stub) == {expected}, (way, minutes)
    told.plane.core.set_registry([(VERIFIER, [agreed(begins=begins, ends=ends)], [], [])])
    mesh.clock.offset = 19 * minute
    told.tell(index_of(b"\x05"))
    stream = stub.Watch(watch(b"\x05"))
    assert next(stream).status.status == GOOD
    mesh.clock.offset = 21 * minute
    assert _why_it_ended(stream) is Reason.OUT_OF_SCOPE


@pytest.mark.requirement("R4.3", refuses=True)
def test_who_has_nothing_in_force_is_told_so(told: Told) -> None:
    """In the words of lists: the governor suspended it, or has not agreed yet."""
    nobody: frozenset[Any] = frozenset()
    record = VerifierRecord(
        verifier_id=VERIFIER,
        display_name="it",
        authority_ids=frozenset({AUTHORITY}),
        request_signers=nobody,
        closed_networks=nobody,
        registered_at=told.mesh.clock.now(),
    )
    registry = VerifierRegistry((record,))
    told.plane.registry(registry)
    now = told.mesh.clock.now()
    expected = raised(lambda: registry.require(VERIFIER, AUTHORITY, Way.GRPC, now))
    error = refused(told.stub().Check, check())
    assert (error.reason, error.message) == (expected.reason, expected.message)


@pytest.mark.requirement("R4.3", refuses=True)
def test_nobody_is_answered_by_a_registry_that_is_too_old(told: Told) -> None:
    """Who was suspended meanwhile is not known; once it is read again all go on."""
    told.tell(index_of(b"\x05"))
    stub = told.stub()
    told.plane.registry_held(3600.0)
    stream = stub.Watch(watch(b"\x05"))
    assert next(stream).status.status == GOOD
    told.plane.registry_held(0.0)
    assert reasons(stub) == {Reason.SERVICE_UNAVAILABLE}
    assert _why_it_ended(stream) is Reason.SERVICE_UNAVAILABLE
    told.plane.registry_held(3600.0)
    assert reasons(stub) == {None}


def raised(act: Callable[[], object]) -> OpenJpkiError:
    with pytest.raises(OpenJpkiError) as refusal:
        act()
    return refusal.value


def test_a_refusal_has_every_detail_that_the_python_edge_gives_it(told: Told) -> None:
    """As octets: the same status of the same refusals, raised by the rules that Python has."""
    nobody: frozenset[Any] = frozenset()
    record = VerifierRecord(
        verifier_id=VERIFIER,
        display_name="it",
        authority_ids=frozenset({AUTHORITY}),
        request_signers=nobody,
        closed_networks=nobody,
        registered_at=told.mesh.clock.now(),
    )
    registry = VerifierRegistry((record,))
    stranger = VerifierRegistry(())
    now = told.mesh.clock.now()
    told.plane.core.set_registry(
        [
            (VERIFIER, [agreed()], [], []),
            ("elsewise", [agreed(way=Way.LISTS)], [], []),
        ]
    )
    bad, worse = check(b""), check(b"", "")
    cases = [
        (VERIFIER, check(), not_an_authority()),
        (VERIFIER, bad, raised(lambda: check_message(bad))),
        (VERIFIER, worse, raised(lambda: check_message(worse))),
        (
            VERIFIER,
            check(authority="signing-14"),
            raised(lambda: registry.require(VERIFIER, AuthorityId.signing("14"), Way.GRPC, now)),
        ),
        (
            "elsewise",
            check(),
            # Nothing is agreed there, nor here in this way.
            raised(lambda: registry.require(VERIFIER, AUTHORITY, Way.GRPC, now)),
        ),
        (
            "stranger",
            check(),
            raised(lambda: stranger.require("stranger", AUTHORITY, Way.GRPC, now)),
        ),
    ]
    told.plane.core.set_authorities([])
    for verifier, request, expected in cases:
        with opened(told, verifier) as channel:
            method: Any = channel.unary_unary(f"/{SERVICE}/Check")
            with pytest.raises(grpc.RpcError) as failed:
                method(request.SerializeToString(), timeout=20)
        error: Any = failed.value
        status = to_status(expected)
        assert (error.code(), error.details()) == (status.code, status.details)
        told_of = {key: value for key, value in error.trailing_metadata() if "grpc" in key}
        assert told_of == dict(status.trailing_metadata)


def opened(told: Told, verifier: str) -> grpc.Channel:
    """gRPC's own channel, which shows what came as it came."""
    files = told.mesh.files(PeerRole.VERIFIER, verifier)
    return grpc.secure_channel(
        f"127.0.0.1:{told.server.port}",
        channel_credentials(RotatingMaterial(files).current()),
        [
            ("grpc.ssl_target_name_override", server_name(PeerRole.OCSP, TRUST_DOMAIN)),
            ("grpc.enable_retries", 0),
        ],
    )


def test_deadlines_and_sizes(told: Told) -> None:
    credentials = channel_credentials(
        RotatingMaterial(told.mesh.files(PeerRole.VERIFIER, VERIFIER)).current()
    )
    name = server_name(PeerRole.OCSP, TRUST_DOMAIN)
    target = f"127.0.0.1:{told.server.port}"
    options = [("grpc.ssl_target_name_override", name), ("grpc.enable_retries", 0)]
    with grpc.secure_channel(target, credentials, options) as channel:
        method: Any = channel.unary_unary(f"/{SERVICE}/Check")

        def reason(octets: bytes, timeout: float | None) -> Reason:
            with pytest.raises(grpc.RpcError) as failed:
                method(octets, timeout=timeout)
            return typed_error(failed.value).reason

        assert reason(check().SerializeToString(), None) is Reason.DEADLINE_REQUIRED
        assert reason(b"\xff", 20) is Reason.INVALID_FIELD
        assert reason(bytes(ServerLimits().max_request + 1), 20) is Reason.MESSAGE_TOO_LARGE
        packed: Any = channel.unary_unary(f"/{SERVICE}/Check")
        with pytest.raises(grpc.RpcError) as failed:
            packed(bytes(1000), timeout=20, compression=grpc.Compression.Gzip)
        code: Any = failed.value
        assert code.code() is grpc.StatusCode.UNIMPLEMENTED


def test_who_is_denied_is_refused_at_once(told: Told) -> None:
    told.tell(index_of(b"\x05"))
    stub = told.stub()
    stream = stub.Watch(watch(b"\x05"))
    assert next(stream).status.status == GOOD
    told.plane.denied({f"spiffe://{TRUST_DOMAIN}/verifier/{VERIFIER}"}, 3600.0)
    assert refused(stub.Check, check()).reason is Reason.CREDENTIAL_DENIED
    with pytest.raises(OpenJpkiError) as ended:
        next(stream)
    assert ended.value.reason is Reason.CREDENTIAL_DENIED
    told.plane.denied((), 0.0)
    wait_until(lambda: refused(stub.Check, check()).reason is Reason.SERVICE_UNAVAILABLE)
    told.plane.denied((), 3600.0)
    assert stub.Check(check()).status == GOOD


def test_an_expired_certificate_ends_calls_and_streams(told: Told, mesh: Mesh) -> None:
    told.tell(index_of(b"\x05", revoked=b"\x06"))
    stub = told.stub()
    stream = stub.Watch(watch(b"\x05"))
    assert next(stream).status.status == GOOD
    mesh.clock.offset = timedelta(days=4000)
    assert refused(stub.Check, check(b"\x06")).reason is Reason.UNAUTHENTICATED
    with pytest.raises(OpenJpkiError) as ended:
        next(stream)
    assert ended.value.reason is Reason.UNAUTHENTICATED


@pytest.mark.requirement("R4.1.1")
def test_changes_are_told_once(told: Told) -> None:
    told.tell(index_of(b"\x05"))
    stream = told.stub().Watch(watch(b"\x05", b"\x07", b"\x05"))
    first = [next(stream) for _ in range(2)]
    assert [(one.serial, one.status.status) for one in first] == [
        (b"\x05", GOOD),
        (b"\x07", UNKNOWN),
    ]
    revoke(told.index, b"\x05", 1, 9)
    told.authority.told.changed([b"\x05", b"\x06"])
    change = next(stream)
    assert (change.serial, change.status.status, change.status.reason) == (b"\x05", REVOKED, 1)
    # Told again, and nothing said: the next message is of the new snapshot.
    told.authority.told.changed([b"\x05"])
    told.tell(index_of(b"\x07", revoked=b"\x05"), sequence=2)
    told.authority.told.all_may_have_changed()
    change = next(stream)
    assert (change.serial, change.status.status, change.status.sequence) == (b"\x05", REVOKED, 2)
    change = next(stream)
    assert (change.serial, change.status.status) == (b"\x07", GOOD)
    stream.cancel()
    wait_until(lambda: told.authority.told.watched == 0)


@pytest.mark.requirement("R4.1.1", refuses=True)
def test_a_reader_that_is_behind_is_told_so(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any time at all is too long; changes come until one waits while others are sent."""
    monkeypatch.setattr(status_calls, "MOST_SECONDS_BEHIND", 0.0)
    serials = [b"\x01" + number.to_bytes(2, "big") for number in range(1000)]
    with telling(mesh) as told, ThreadPoolExecutor(1) as reader:
        stream = told.stub().Watch(watch(*serials))
        ended = reader.submit(_why_it_ended, stream)
        changes = 0
        while not ended.done():
            changes += 1
            index = StatusIndex()
            for serial in serials:
                revoke(index, serial, 1, changes)
            told.tell(index, changes)
            told.authority.told.all_may_have_changed()
        assert ended.result() is Reason.READER_TOO_SLOW
        wait_until(lambda: told.authority.told.watched == 0)


def _why_it_ended(stream: Any) -> Reason:
    try:
        for _ in stream:
            pass
    except OpenJpkiError as error:
        return error.reason
    raise AssertionError("it ended well")


def test_a_stream_ends_with_its_verifiers_entry_and_with_the_service(told: Told) -> None:
    told.tell(index_of(b"\x05"))
    told.register(VERIFIER, "other")
    stream, other = (
        told.stub(one).Watch(watch(b"\x05"), timeout=600) for one in (VERIFIER, "other")
    )
    assert next(stream).status.status == GOOD
    assert next(other).status.status == GOOD
    told.register("other")
    with pytest.raises(OpenJpkiError) as ended:
        next(stream)
    assert ended.value.reason is Reason.UNKNOWN_VERIFIER
    told.server.stop()
    with pytest.raises(OpenJpkiError) as ended:
        next(other)
    assert ended.value.reason is Reason.SERVICE_UNAVAILABLE


def test_one_caller_takes_no_more_than_a_share_of_the_streams(mesh: Mesh) -> None:
    limits = ServerLimits(max_streams=8, max_streams_each=2)
    with telling(mesh, limits) as told:
        told.tell(index_of(b"\x05"))
        told.register(VERIFIER, "other")
        stub = told.stub()
        held = [stub.Watch(watch(b"\x05")) for _ in range(2)]
        assert [next(one).status.status for one in held] == [GOOD, GOOD]
        with pytest.raises(OpenJpkiError) as full:
            next(stub.Watch(watch(b"\x05")))
        assert full.value.reason is Reason.CALLER_QUOTA_EXCEEDED
        assert next(told.stub("other").Watch(watch(b"\x05"))).status.status == GOOD
        held.pop().cancel()
        wait_until(lambda: _is_let_in(stub))


def _is_let_in(stub: ocsp_pb2_grpc.StatusServiceStub) -> bool:
    stream = stub.Watch(watch(b"\x05"))
    try:
        next(stream)
    except OpenJpkiError:
        return False
    stream.cancel()
    return True


def test_what_is_behind_is_guarded_by_who_really_calls(told: Told, mesh: Mesh) -> None:
    operator = mesh.channel(told.server, PeerRole.OCSP, PeerRole.OPERATOR, "ocsp", "it")
    with operator:
        registry = ocsp_pb2_grpc.VerifierRegistryServiceStub(operator)
        answer = registry.ListVerifiers(ocsp_pb2.ListVerifiersRequest())
        assert answer.verifiers[0].display_name == f"spiffe://{TRUST_DOMAIN}/operator/ocsp/it"
    verifier = told.channel()
    refusal = refused(
        ocsp_pb2_grpc.VerifierRegistryServiceStub(verifier).ListVerifiers,
        ocsp_pb2.ListVerifiersRequest(),
    )
    assert refusal.reason is Reason.ROLE_NOT_ALLOWED
    # Nor does it help to say who one is.
    other = RotatingMaterial(mesh.files(PeerRole.OPERATOR, "ocsp", "it")).current().leaf
    name = server_name(PeerRole.OCSP, TRUST_DOMAIN)
    credentials = channel_credentials(
        RotatingMaterial(mesh.files(PeerRole.VERIFIER, VERIFIER)).current()
    )
    with grpc.secure_channel(
        f"127.0.0.1:{told.server.port}", credentials, [("grpc.ssl_target_name_override", name)]
    ) as channel:
        listing: Any = channel.unary_unary(
            "/openjpki.api.ocsp.v1.VerifierRegistryService/ListVerifiers"
        )
        der = other.public_bytes(Encoding.DER)
        for said in ([der], [der, der]):
            metadata = [("openjpki-client-certificate-bin", one) for one in said]
            with pytest.raises(grpc.RpcError) as failed:
                listing(b"", timeout=20, metadata=metadata)
            assert typed_error(failed.value).reason is Reason.ROLE_NOT_ALLOWED


def test_streams_health_and_reflection_come_through(told: Told) -> None:
    channel = told.channel()
    lists = ocsp_pb2_grpc.RevocationListDownloadServiceStub(channel)
    pieces = lists.DownloadRevocationList(
        ocsp_pb2.DownloadRevocationListRequest(authority_id=ID, partition="13101")
    )
    for number in range(8):
        assert next(pieces).chunk == bytes([number]) * (1 << 18)
    with pytest.raises(OpenJpkiError) as ended:
        next(pieces)
    assert (ended.value.reason, ended.value.field) == (Reason.CRL_NOT_FOUND, "partition")
    health = health_pb2_grpc.HealthStub(channel)
    answer = health.Check(health_pb2.HealthCheckRequest(service=SERVICE), timeout=20)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
    reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    (listed,) = reflection.ServerReflectionInfo(iter([asked]), timeout=20)
    names = {one.name for one in listed.list_services_response.service}
    assert {SERVICE, "openjpki.api.ocsp.v1.VerifierRegistryService"} <= names
    assert refused(channel.unary_unary("/no.Such/Method"), b"", timeout=20).reason is (
        Reason.NOT_IMPLEMENTED
    )


def test_calls_are_counted_under_the_names_that_dashboards_have(told: Told) -> None:
    told.tell(index_of(b"\x05"))
    labels = {"service": SERVICE, "method": "Check"}

    def value(name: str, **more: str) -> float:
        return REGISTRY.get_sample_value(name, {**labels, **more}) or 0.0

    def counted() -> tuple[float, ...]:
        list(REGISTRY.collect())
        return (
            value("openjpki_rpc_started_total"),
            value("openjpki_rpc_handled_total", code="OK"),
            value("openjpki_rpc_handled_total", code="INVALID_ARGUMENT"),
            value("openjpki_rpc_duration_seconds_count"),
        )

    before = counted()
    stub = told.stub()
    with ThreadPoolExecutor(8) as callers:
        assert all(one.status == GOOD for one in callers.map(stub.Check, [check()] * 20))
    refused(stub.Check, check(b""))
    grown = [now - then for now, then in zip(counted(), before, strict=True)]
    assert grown == [21, 20, 1, 21]
