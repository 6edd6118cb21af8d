"""What strangers may send to OCSP over HTTP, and that others are answered meanwhile."""

from __future__ import annotations

import resource
import select
import socket
import struct
from contextlib import ExitStack, suppress
from http.client import HTTPConnection
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
from asn1crypto import ocsp as asn1_ocsp
from cryptography.x509 import ocsp

from tests.integration.ocsp.test_ocsp_http_connections import HEAD, listening, rest_of
from tests.support.ca_service import TOYAMA
from tests.support.http2_frames import (
    DATA,
    PING,
    PREFACE,
    RST_STREAM,
    SETTINGS,
    STRANGER,
    frame,
)
from tests.support.ocsp_asking import request_for
from tests.support.ocsp_http2 import GOAWAY, answer, frames, get_on, head_on
from tests.support.ocsp_http2 import post as post_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.services.ocsp.responders.http_server import HttpServer
    from tests.support.ocsp_service import Pair

MALFORMED = b"0\x03\x0a\x01\x01"
UNAUTHORIZED = b"0\x03\x0a\x01\x06"


@pytest.fixture
def server(pair: Pair) -> Iterator[HttpServer]:
    with listening(pair) as running:
        yield running


def post(server: HttpServer, body: bytes) -> tuple[int, bytes]:
    """As a client asks that knows no better."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/", body, {"Content-Type": "application/ocsp-request"})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def is_answered(server: HttpServer) -> bool:
    return post(server, b"0\x00") == (200, MALFORMED)


@pytest.fixture
def asked(pair: Pair) -> bytes:
    """About a certificate that nobody here may ask about: it is no matter which."""
    return request_for(b"\x05", pair.ocsp.issuer_certificate(TOYAMA))


def test_pipelined_requests_are_answered_in_their_order(server: HttpServer, asked: bytes) -> None:
    def request(body: bytes, more: bytes = b"") -> bytes:
        return HEAD + more + b"Content-Length: %d\r\n\r\n" % len(body) + body

    with socket.create_connection(("127.0.0.1", server.port), 60) as asking:
        last = request(asked, b"Connection: close\r\n")
        asking.sendall(request(asked) + request(b"0") + request(asked) + last)
        answers = rest_of(asking).split(b"HTTP/1.1 ")[1:]
    assert [one.partition(b"\r\n\r\n")[2] for one in answers] == [
        UNAUTHORIZED, MALFORMED, UNAUTHORIZED, UNAUTHORIZED,
    ]  # fmt: skip


def test_a_body_in_chunks_is_read_and_ends_the_connection(server: HttpServer) -> None:
    """Whatever length it says beside them (RFC 9112 6.1): what follows is nobody's request."""
    for length in (b"", b"Content-Length: 5\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), 60) as asking:
            head = HEAD + length + b"Transfer-Encoding: chunked\r\n\r\n"
            asking.sendall(head + b"1\r\n0\r\n1\r\n\x00\r\n0\r\n\r\n" + HEAD + b"\r\n")
            answer = rest_of(asking)
        assert answer.endswith(b"\r\n\r\n" + MALFORMED)
        assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("chunked", [True, False])
def test_a_long_body_is_refused_and_what_was_said_arrives(
    server: HttpServer, *, chunked: bool
) -> None:
    body = b"\x30" * 100_000
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    kind = {"Content-Type": "application/ocsp-request"}
    with suppress(ConnectionError):  # It has been told already.
        connection.request(
            "POST", "/", iter([body]) if chunked else body, kind, encode_chunked=chunked
        )
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (413, b"")
    connection.close()
    assert is_answered(server)


@pytest.mark.parametrize("count", [101, 1000])
def test_too_many_questions_are_malformed(server: HttpServer, asked: bytes, count: int) -> None:
    request = asn1_ocsp.OCSPRequest.load(asked)
    one = request["tbs_request"]["request_list"][0]
    many = asn1_ocsp.OCSPRequest({"tbs_request": {"request_list": [one] * count}}).dump()
    status, content = post(server, many)
    assert (status, content) in {(200, MALFORMED), (413, b"")}
    assert (status == 413) == (len(many) > 16 * 1024)


@pytest.mark.parametrize("octets", [0, 129])
def test_a_nonce_of_another_size_is_malformed(
    server: HttpServer, asked: bytes, octets: int
) -> None:
    request = asn1_ocsp.OCSPRequest.load(asked)
    request["tbs_request"]["request_extensions"] = [
        {"extn_id": "nonce", "extn_value": asn1_ocsp.OctetString(b"\x01" * octets)}
    ]
    assert post(server, request.dump(force=True)) == (200, MALFORMED)


def send_octets(slow: socket.socket) -> None:
    """One after another, until something comes or the other side has ended."""
    ended = select.poll()
    ended.register(slow, select.POLLIN)
    until = monotonic() + 90
    with suppress(ConnectionError):
        while not ended.poll(50):
            assert monotonic() < until
            slow.sendall(b"x")


@pytest.mark.parametrize(
    ("begun", "limits", "status"),
    [
        (b"", {"first_request": 0.5}, []),
        (HEAD, {"first_request": 0.5}, []),
        (HEAD + b"Content-Length: 9999\r\n\r\n0", {"read": 0.5}, [b"408"]),
    ],
)
def test_who_sends_an_octet_at_a_time_is_not_waited_for(
    pair: Pair, begun: bytes, limits: dict[str, Any], status: list[bytes]
) -> None:
    """Slowloris: in the header, which is not answered, and in the body."""
    with (
        listening(pair, **limits) as server,
        socket.create_connection(("127.0.0.1", server.port), 60) as slow,
    ):
        slow.sendall(begun)
        send_octets(slow)
        try:
            said = rest_of(slow)
        except ConnectionResetError:  # An octet came after the end; in a header nothing is said.
            said = b""
        assert said.split()[1:2] == status


@pytest.mark.parametrize("octets", [b"", HEAD])
def test_who_was_answered_is_waited_for_no_longer_than_others(pair: Pair, octets: bytes) -> None:
    """Whether it says nothing, or an octet of its next header at a time."""
    with (
        listening(pair, next_request=0.5) as server,
        socket.create_connection(("127.0.0.1", server.port), 60) as slow,
    ):
        slow.sendall(HEAD + b"Content-Length: 2\r\n\r\n0\x00")
        assert slow.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
        if octets:
            slow.sendall(octets)
            send_octets(slow)
        with suppress(ConnectionResetError):  # An octet came after the end.
            assert rest_of(slow) == b""


def test_a_request_that_is_in_progress_is_answered_when_the_server_stops(pair: Pair) -> None:
    with listening(pair, drain=60.0) as server:
        where = ("127.0.0.1", server.port)
        with ExitStack() as stack:
            asking = stack.enter_context(socket.create_connection(where, 60))
            asking.sendall(HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            assert asking.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
            idle = stack.enter_context(socket.create_connection(where, 60))
            idle.sendall(HEAD + b"Content-Length: 1\r\n\r\n0")
            assert idle.recv(9) == b"HTTP/1.1 "
            stopping = Thread(target=server.stop)
            stopping.start()
            stack.callback(stopping.join)
            # Who is idle is left at once.
            assert rest_of(idle).endswith(MALFORMED)
            asking.sendall(b"0\x00")
            assert rest_of(asking).endswith(MALFORMED)
        with pytest.raises(ConnectionError):
            socket.create_connection(where, 60).close()


def test_http_2_is_answered_with_prior_knowledge(server: HttpServer, asked: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 60) as asking:
        asking.sendall(PREFACE)
        asking.sendall(post_on(asked, 1))
        assert answer(asking, 1) == UNAUTHORIZED
        asking.sendall(post_on(b"0", 3))
        assert answer(asking, 3) == MALFORMED


def test_streams_that_are_taken_back_end_their_connection(server: HttpServer, asked: bytes) -> None:
    """CVE-2023-44487."""
    with socket.create_connection(("127.0.0.1", server.port), 60) as asking:
        asking.sendall(PREFACE)
        cancel = b"\x00\x00\x00\x08"
        try:
            for stream in range(1, 20_001, 2):
                reset = frame(RST_STREAM, 0, stream, cancel)
                asking.sendall(post_on(asked, stream) + reset)
            kinds = [one.kind for one in frames(asking)]
        except ConnectionError:
            kinds = [GOAWAY]
        assert GOAWAY in kinds
    assert is_answered(server)


def test_pings_keep_nobody_waiting(server: HttpServer) -> None:
    """From one that reads none of the answers."""
    with socket.create_connection(("127.0.0.1", server.port), 60) as asking:
        asking.sendall(PREFACE)
        asking.setblocking(False)
        pings = frame(PING, 0, 0, b"12345678") * 1000
        for _ in range(200):
            try:
                asking.send(pings)
            except BlockingIOError:
                break
        assert is_answered(server)


def test_thousands_of_idle_connections_keep_nobody_out(pair: Pair) -> None:
    """More than there may be, from one address: who has been idle longest makes room."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Either end of each is in this process.
    count = min(3000, (soft - 300) // 2)
    with ExitStack() as stack:
        server = stack.enter_context(listening(pair, of_one=count // 3, silent=count // 6))
        where = ("127.0.0.1", server.port)
        for number in range(count):
            idle = stack.enter_context(socket.create_connection(where, 60))
            if number % 3 == 0:
                idle.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n")
            if number % 500 == 0:
                assert is_answered(server)
        assert is_answered(server)


def test_bodies_that_do_not_come_take_nothing_from_others(pair: Pair) -> None:
    """As many as an address may open, in connections and streams: only more of the same are told to
    come again, and who is idle makes room for a good client."""
    with ExitStack() as stack:
        server = stack.enter_context(
            listening(pair, of_one=40, silent_of_one=10, connections=40, bodies_of_one=20, read=60)
        )
        where = ("127.0.0.1", server.port)
        for number in range(120):
            slow = stack.enter_context(socket.create_connection(where, 60))
            with suppress(ConnectionError):
                if number % 2:
                    slow.sendall(HEAD + b"Content-Length: 9\r\n\r\n0")
                else:
                    heads = [head_on(stream) for stream in range(1, 129, 2)]
                    slow.sendall(PREFACE + b"".join(heads))
            if number % 30 == 29:
                with socket.create_connection(where, 60, (STRANGER, 0)) as good:
                    good.sendall(b"GET /MAA= HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    assert rest_of(good).endswith(MALFORMED)


def for_ever(connection: socket.socket, octets: bytes) -> None:
    """Send them until the other side ends."""
    while True:
        connection.sendall(octets)


def test_who_takes_no_answer_is_ended(pair: Pair) -> None:
    """One that asks on and on and reads nothing, over HTTP/1.1; one with a window of nothing."""
    with listening(pair, next_request=0.5, read=0.5, sign=0.5) as impatient:
        where = ("127.0.0.1", impatient.port)
        request = HEAD + b"Content-Length: 1\r\n\r\n0"
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(where)
            deaf.settimeout(60)
            with pytest.raises(ConnectionError):
                for_ever(deaf, request * 100)
        with socket.create_connection(where, 60) as asking:
            no_window = frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0))
            asking.sendall(PREFACE + no_window + post_on(b"0", 1))
            kinds = [one.kind for one in frames(asking)]
            assert GOAWAY in kinds
            assert DATA not in kinds


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_head_over_http_2_has_no_body_either(server: HttpServer, method: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 60) as asking:
        asking.sendall(PREFACE + get_on(method, b"/MAA=", 1))
        assert answer(asking, 1) == (MALFORMED if method == b"GET" else b"")


def test_head_is_get_without_the_body(server: HttpServer) -> None:
    answers = []
    for method in ("GET", "HEAD"):
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request(method, "/MAA=")
        answer = connection.getresponse()
        told = {
            name: value
            for name, value in answer.getheaders()
            if name.lower() not in {"date", "x-request-id"}
        }
        answers.append((answer.status, told, answer.read()))
        connection.close()
    (got, fields, body), (head, same, nothing) = answers
    assert (got, body, nothing) == (head, MALFORMED, b"")
    assert fields == same
    assert not {"server", "via", "x-powered-by"} & {name.lower() for name in fields}
    assert ocsp.load_der_ocsp_response(body).response_status.value == 1
