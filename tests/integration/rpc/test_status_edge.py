"""StatusService's edge, which is not Python's, held to what the others here hold that one to."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from grpc_health.v1 import health_pb2, health_pb2_grpc

from openjpki.api.ocsp.v1 import ocsp_pb2, ocsp_pb2_grpc
from openjpki.api.types.v1 import revocation_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.credentials import RotatingMaterial
from openjpki.rpc.identity.peer import server_name
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server import door_probe, front
from openjpki.rpc.server.server import ServerLimits
from openjpki.rpc.status import typed_error
from openjpki.services.ocsp import status_calls
from openjpki.telemetry.metrics import REGISTRY
from openjpki_devkit.bench.half_open import half_open, slow_tls
from tests.integration.rpc.test_connections import is_over
from tests.support.http2_frames import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PREFACE,
    connected,
    frame,
    literal,
)
from tests.support.mesh import TRUST_DOMAIN, Mesh
from tests.support.ocsp_http2 import GOAWAY
from tests.support.raw_calls import RawClient, raw_client
from tests.support.status_front import AUTHORITY, VERIFIER, Told, telling
from tests.support.status_index import issue
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

CHECK, WATCH = (f"/openjpki.api.ocsp.v1.StatusService/{name}" for name in ("Check", "Watch"))
BATCH = f"{CHECK}Batch"
GOOD = revocation_pb2.CERTIFICATE_STATUS_GOOD
A = b"\x0a"
SERIALS = [b"\x01" + number.to_bytes(2, "big") for number in range(200)]


@pytest.fixture(autouse=True)
def no_call_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted here are the test's calls."""
    monkeypatch.setattr(door_probe, "EVERY", 3600.0)


@pytest.fixture
def own(tmp_path: Path) -> Mesh:
    """Of the test's own: it moves the clock, and writes files."""
    return Mesh(tmp_path)


def check(serial: bytes = A) -> ocsp_pb2.CheckRequest:
    return ocsp_pb2.CheckRequest(authority_id=str(AUTHORITY), serial=serial)


def watch(*serials: bytes) -> ocsp_pb2.WatchRequest:
    return ocsp_pb2.WatchRequest(authority_id=str(AUTHORITY), serials=serials)


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def in_use(what: str) -> float:
    return sample("openjpki_rpc_in_use", what=what)


def ends_of_watch(code: str) -> float:
    service = "openjpki.api.ocsp.v1.StatusService"
    return sample("openjpki_rpc_handled_total", service=service, method="Watch", code=code)


def has_good(told: Told, *serials: bytes) -> None:
    for serial in serials or (A,):
        issue(told.index, serial)


def test_a_call_without_its_message_is_ended(own: Mesh) -> None:
    with (
        telling(own, ServerLimits(message_patience=0.2)) as told,
        half_open(f"127.0.0.1:{told.server.port}", server_name(PeerRole.OCSP, TRUST_DOMAIN)) as few,
    ):
        few.open(own.files(PeerRole.VERIFIER, VERIFIER), CHECK, 3)
        wait_until(lambda: few.ended[grpc.StatusCode.DEADLINE_EXCEEDED] == 3)
        wait_until(lambda: in_use("calls") == 0)


def test_who_has_nothing_gets_in_however_many_take_all_they_may(own: Mesh) -> None:
    limits = ServerLimits(
        message_patience=300.0,
        max_calls=24,
        max_calls_each=6,
        operator_share=0.0,
        newcomer_share=0.25,
    )
    with (
        telling(own, limits) as told,
        half_open(f"127.0.0.1:{told.server.port}", server_name(PeerRole.OCSP, TRUST_DOMAIN)) as few,
    ):
        has_good(told)
        for name in ("one", "two", "three", "four"):
            few.open(own.files(PeerRole.VERIFIER, name), CHECK, 12)
        wait_until(lambda: in_use("calls") >= 18)
        wait_until(lambda: few.ended[grpc.StatusCode.RESOURCE_EXHAUSTED] >= 28)
        assert told.stub().Check(check()).status == GOOD


def test_tls_that_is_not_completed_ends_and_so_does_what_is_no_http2(own: Mesh) -> None:
    with (
        telling(own, ServerLimits(handshake=1.0)) as told,
        slow_tls(told.server.port, 20) as slow,
        ExitStack() as stack,
    ):
        verifier = own.files(PeerRole.VERIFIER, VERIFIER)
        begun = [stack.enter_context(connected(told.server.port, verifier)) for _ in range(3)]
        begun[1].sendall(PREFACE[:1])
        begun[2].sendall(PREFACE[:24])
        wait_until(lambda: all(map(is_over, slow)))
        wait_until(lambda: all(map(is_over, begun)))


def test_strangers_make_room_for_callers_and_never_callers_for_strangers(own: Mesh) -> None:
    limits = ServerLimits(max_connections=8, handshake=60.0)
    ended = "openjpki_rpc_connections_ended_total"
    http = "openjpki_ocsp_connections_ended_total"
    before, before_http = (sample(name, why="made_room") for name in (ended, http))
    with telling(own, limits) as told, ExitStack() as stack:
        has_good(told)
        stubs = [told.stub() for _ in range(7)]
        assert [one.Check(check()).status for one in stubs] == [GOOD] * 7
        slow = stack.enter_context(slow_tls(told.server.port, 20))
        wait_until(lambda: sum(map(is_over, slow)) >= 19)
        # None of theirs has been closed.
        for channel, stub in zip(told.channels, stubs, strict=True):
            states: list[grpc.ChannelConnectivity] = []
            channel.subscribe(states.append)
            wait_until(lambda states=states: bool(states))  # type: ignore[misc]
            assert states[0] is grpc.ChannelConnectivity.READY
            assert stub.Check(check()).status == GOOD
        assert sample(ended, why="made_room") - before >= 19
        assert sample(http, why="made_room") == before_http
        # And one more caller gets in.
        assert told.stub().Check(check(), timeout=60).status == GOOD


def test_who_makes_room_for_another_is_told_so(own: Mesh) -> None:
    """A call that was on its way then comes again over another connection."""
    with telling(own, ServerLimits(max_connections=4)) as told, ExitStack() as stack:
        has_good(told)

        def called() -> RawClient:
            files = own.files(PeerRole.VERIFIER, VERIFIER)
            client = stack.enter_context(raw_client(told.server.port, files))
            stream = client.call(CHECK, check().SerializeToString())
            client.open(stream, 10_000)
            while not client.of(stream).ends:
                pass
            return client

        before = sample("openjpki_rpc_connections_ended_total", why="made_room")
        first, *_ = [called() for _ in range(5)]
        kinds = []
        while (found := first.next()) is not None:
            kinds.append(found.kind)
        assert GOAWAY in kinds
        assert sample("openjpki_rpc_connections_ended_total", why="made_room") > before


def test_a_stream_that_outlives_its_connection_is_told_so_and_opened_again(own: Mesh) -> None:
    limits = ServerLimits(connection_age=1.0, connection_age_grace=0.5)
    before = ends_of_watch("UNAVAILABLE"), ends_of_watch("CANCELLED")
    with telling(own, limits) as told:
        has_good(told)
        stub = told.stub()
        for _ in range(2):
            stream = stub.Watch(watch(A))
            assert next(stream).status.status == GOOD
            with pytest.raises(OpenJpkiError) as ended:
                next(stream)
            assert ended.value.reason is Reason.SERVICE_UNAVAILABLE
            # Of the service, not of a connection that broke.
            assert not ended.value.metadata
        assert stub.Check(check()).status == GOOD
        # Every long stream ends like this: nobody is to be woken for it.
        wait_until(lambda: ends_of_watch("CANCELLED") == before[1] + 2)
        assert ends_of_watch("UNAVAILABLE") == before[0]


def test_a_call_past_the_front_is_nobodys(own: Mesh) -> None:
    """Who reaches the socket, and has somebody's certificate without its key."""
    operator = RotatingMaterial(own.files(PeerRole.OPERATOR, "ocsp", "it")).current().leaf
    der = operator.public_bytes(Encoding.DER)
    with telling(own) as told:
        assert told.server._front is not None
        _, behind = told.server._front
        for secret in ([], [(front.FROM_FRONT, bytes(32))]):
            with grpc.insecure_channel(behind.address) as channel:
                stub = health_pb2_grpc.HealthStub(channel)
                with pytest.raises(grpc.RpcError) as refused:
                    stub.Check(
                        health_pb2.HealthCheckRequest(),
                        timeout=20,
                        metadata=[(front.CERTIFICATE, der), *secret],
                    )
            assert typed_error(refused.value).reason is Reason.UNAUTHENTICATED


def test_new_files_are_taken_and_streams_of_who_is_not_trusted_any_more_end(
    own: Mesh, tmp_path: Path
) -> None:
    successor = Mesh(tmp_path / "successor")
    tls = own.files(PeerRole.OCSP)
    with telling(own, ServerLimits(drain=1.0)) as told:
        has_good(told)
        stream = told.stub().Watch(watch(A))
        assert next(stream).status.status == GOOD
        successor.authority.issue(
            PeerRole.OCSP, "nationwide", dns_names=["localhost"], ip_addresses=["127.0.0.1"]
        ).write(tls.certificate.parent)
        with pytest.raises(OpenJpkiError) as ended:
            next(stream)
        assert ended.value.reason is Reason.SERVICE_UNAVAILABLE
        assert not ended.value.metadata
        with successor.channel(told.server, PeerRole.OCSP, PeerRole.VERIFIER, VERIFIER) as channel:
            stub = ocsp_pb2_grpc.StatusServiceStub(channel)
            assert stub.Check(check()).status == GOOD
        with pytest.raises(OpenJpkiError) as refused:
            told.stub().Check(check(), timeout=20)
        assert refused.value.reason is Reason.SERVICE_UNAVAILABLE


def test_half_written_files_leave_the_old_ones_in_use(own: Mesh, tmp_path: Path) -> None:
    tls = own.files(PeerRole.OCSP)
    other = own.authority.issue(
        PeerRole.OCSP, "nationwide", dns_names=["localhost"], ip_addresses=["127.0.0.1"]
    ).write(tmp_path / "other")
    with telling(own) as told:
        has_good(told)
        shutil.copy(other.private_key, tls.private_key)  # the certificate does not fit it yet
        assert told.stub().Check(check()).status == GOOD
        shutil.copy(other.certificate, tls.certificate)
        assert told.stub().Check(check()).status == GOOD


def test_the_largest_request_arrives_in_however_many_pieces(own: Mesh) -> None:
    with telling(own, ServerLimits(max_request=4096)) as told:
        has_good(told)
        stub = told.stub()
        # What nobody knows is passed over, and counts.
        fits = check()
        octets = fits.SerializeToString()
        unknown = b"\x7a" + bytes([0x80 | (3900 & 0x7F), 3900 >> 7]) + bytes(3900)
        assert stub.Check(ocsp_pb2.CheckRequest.FromString(octets + unknown)).status == GOOD
        with pytest.raises(OpenJpkiError) as refused:
            stub.Check(check(bytes(4096)))
        assert refused.value.reason is Reason.MESSAGE_TOO_LARGE
        # The connection survives it.
        assert stub.Check(fits).status == GOOD


def test_headers_beyond_the_limit_end_their_call_alone(own: Mesh) -> None:
    with telling(own) as told:
        has_good(told)
        stub = told.stub()
        with pytest.raises(OpenJpkiError):
            stub.Check(check(), metadata=(("x-large", "x" * 65536),), timeout=20)
        assert stub.Check(check()).status == GOOD


def test_a_reader_that_paces_itself_is_looked_at_before_each_message(own: Mesh) -> None:
    """Its window has room for one message at a time, and it is denied after the first."""
    with (
        telling(own) as told,
        raw_client(told.server.port, own.files(PeerRole.VERIFIER, VERIFIER)) as client,
    ):
        has_good(told, *SERIALS)
        stream = client.call(WATCH, watch(*SERIALS).SerializeToString())
        assert client.of(stream).kind == HEADERS
        client.open(stream, 1)
        assert client.of(stream).kind == DATA
        told.plane.denied({f"spiffe://{TRUST_DOMAIN}/verifier/{VERIFIER}"}, 3600.0)
        octets = 0
        while True:
            client.open(stream, 100)
            found = client.of(stream)
            if found.ends:
                break
            octets += len(found.payload)
        # What was on its way, and not the rest of two hundred; then why.
        assert found.kind == HEADERS
        assert octets < 10 * 60
        wait_until(lambda: in_use("streams") == 0)


def test_silence_of_the_feed_ends_a_stream_in_the_middle_of_its_first_messages(own: Mesh) -> None:
    with (
        telling(own) as told,
        raw_client(told.server.port, own.files(PeerRole.VERIFIER, VERIFIER)) as client,
    ):
        has_good(told, *SERIALS)
        stream = client.call(WATCH, watch(*SERIALS).SerializeToString())
        assert client.of(stream).kind == HEADERS
        client.open(stream, 1)
        assert client.of(stream).kind == DATA
        own.clock.offset = told.authority.staleness.freshness + timedelta(seconds=2)
        wait_until(lambda: in_use("streams") == 0)
        client.open(stream, 10_000)
        octets = 0
        while not (found := client.of(stream)).ends:
            octets += len(found.payload)
        assert found.kind == HEADERS
        assert octets < 10 * 60


def test_a_reader_that_takes_nothing_is_let_go_and_hears_why_whenever_it_comes_back(
    own: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_calls, "STUCK_AFTER_SECONDS", 0.5)
    slow = "openjpki_rpc_handled_total"
    labels = {"service": "openjpki.api.ocsp.v1.StatusService", "method": "Watch"}
    code = Reason.READER_TOO_SLOW.grpc_code
    before = sample(slow, **labels, code=code)
    with (
        telling(own) as told,
        raw_client(told.server.port, own.files(PeerRole.VERIFIER, VERIFIER)) as client,
    ):
        has_good(told, *SERIALS)
        stream = client.call(WATCH, watch(*SERIALS).SerializeToString())
        wait_until(lambda: sample(slow, **labels, code=code) == before + 1)
        assert in_use("streams") == 0
        assert told.authority.told.watched == 0
        client.open(stream, 10_000)
        kinds = []
        while not (found := client.of(stream)).ends:
            kinds.append(found.kind)
        assert kinds[0] == HEADERS
        assert found.kind == HEADERS


@pytest.mark.parametrize("window", [0, 1, 300])
def test_answers_that_nobody_takes_keep_their_room(own: Mesh, window: int) -> None:
    """Nor do those of which a part is taken free it: an answer here has some 600 octets."""
    with telling(own, ServerLimits(max_calls_each=4)) as told:
        has_good(told, *SERIALS)
        batch = ocsp_pb2.CheckBatchRequest(authority_id=str(AUTHORITY), serials=SERIALS)
        with raw_client(told.server.port, own.files(PeerRole.VERIFIER, VERIFIER), window) as client:
            calls = {client.call(BATCH, batch.SerializeToString()) for _ in range(6)}
            # Begun by their first headers, of which two come that end their calls.
            begun: dict[int, bool] = {}
            octets: Counter[int] = Counter()
            while set(begun) != calls or octets.total() < 4 * window:
                found = client.next()
                assert found is not None
                if found.kind == HEADERS:
                    begun[found.stream] = found.ends
                octets[found.stream] += len(found.payload) if found.kind == DATA else 0
            assert sorted(begun.values()) == [False] * 4 + [True] * 2
            assert in_use("calls") == 4
            # Whoever takes one gets room for another.
            taken = next(stream for stream, ends in begun.items() if not ends)
            client.open(taken, 10_000)
            while not client.of(taken).ends:
                pass
            wait_until(lambda: in_use("calls") == 3)
        wait_until(lambda: in_use("calls") == 0)


@pytest.mark.parametrize("window", [0, 1])
def test_answers_that_nobody_takes_in_time_end_their_connection(
    own: Mesh, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    monkeypatch.setattr(status_calls, "STUCK_AFTER_SECONDS", 0.5)
    ended = "openjpki_rpc_connections_ended_total"
    before = sample(ended, why="not_taken")
    with (
        telling(own) as told,
        raw_client(told.server.port, own.files(PeerRole.VERIFIER, VERIFIER), window) as client,
    ):
        has_good(told)
        client.call(CHECK, check().SerializeToString(), "1S")
        kinds = []
        while (found := client.next()) is not None:
            kinds.append(found.kind)
        assert GOAWAY in kinds
        wait_until(lambda: in_use("calls") == 0)
        assert sample(ended, why="not_taken") == before + 1


def test_a_watch_that_cannot_be_told_is_refused_before_anything_is_sent(own: Mesh) -> None:
    """A client makes such a call again, and not one that was answered by headers."""
    with (
        telling(own) as told,
        raw_client(told.server.port, own.files(PeerRole.VERIFIER, VERIFIER)) as client,
    ):
        has_good(told)
        own.clock.offset = told.authority.staleness.freshness + timedelta(seconds=2)
        first = client.of(client.call(WATCH, watch(A).SerializeToString()))
        assert first.kind == HEADERS
        assert first.ends


def test_what_is_no_call_is_counted_as_none(own: Mesh) -> None:
    """Whoever sends such rings no alert."""

    def lost() -> dict[str, float]:
        codes = (str(one.name) for one in grpc.StatusCode)
        labels = {"service": "behind", "method": "any"}
        return {code: sample("openjpki_rpc_handled_total", **labels, code=code) for code in codes}

    with (
        telling(own) as told,
        raw_client(told.server.port, own.files(PeerRole.VERIFIER, VERIFIER)) as client,
    ):
        before = lost()
        head = literal(b":method", b"CONNECT") + literal(b":authority", b"x")
        client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, head))
        while not client.of(1).ends:
            pass
        assert lost() == before


def test_a_stop_waits_for_no_reader_that_takes_nothing(own: Mesh) -> None:
    """One stream hears why; another one's reader takes nothing."""
    before = ends_of_watch("CANCELLED")
    with telling(own, ServerLimits(drain=2.0)) as told:
        has_good(told, *SERIALS)
        stream = told.stub().Watch(watch(SERIALS[0]))
        assert next(stream).status.status == GOOD
        with raw_client(told.server.port, own.files(PeerRole.VERIFIER, VERIFIER)) as client:
            stuck = client.call(WATCH, watch(*SERIALS).SerializeToString())
            assert client.of(stuck).kind == HEADERS
            stopping = threading.Thread(target=told.server.stop)
            stopping.start()
            with pytest.raises(OpenJpkiError) as ended:
                next(stream)
            assert ended.value.reason is Reason.SERVICE_UNAVAILABLE
            stopping.join(60)
            assert not stopping.is_alive()
            # Both are counted, though nobody asks any more.
            assert ends_of_watch("CANCELLED") == before + 2


def test_what_is_sent_in_pieces_is_put_together(own: Mesh) -> None:
    """A frame for each octet of the message, and of its prefix."""
    with (
        telling(own) as told,
        raw_client(told.server.port, own.files(PeerRole.VERIFIER, VERIFIER)) as client,
    ):
        has_good(told)
        message = check().SerializeToString()
        framed = b"\0" + len(message).to_bytes(4, "big") + message
        stream = client.call(CHECK, None)
        client.open(stream, 10_000)
        client.send_pieces(stream, [framed[at : at + 1] for at in range(len(framed))])
        kinds: list[Any] = []
        while not (found := client.of(stream)).ends:
            kinds.append(found.kind)
        assert kinds == [HEADERS, DATA]
        assert found.kind == HEADERS
