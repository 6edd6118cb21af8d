"""Revocation lists over HTTP: what is sent to whom, and how much of it (RFC 9110)."""

from __future__ import annotations

import gzip
import hashlib
import socket
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from openjpki.services.ocsp.responders.http_server import HttpLimits
from tests.support.captured_logs import captured_logs
from tests.support.lists_http import AUTHORITY, PATH, HandingOut, handing_out
from tests.support.long_lists import long_list
from tests.support.waiting import wait_until
from tests.support.x509_samples import authority, pem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STAMP = "%a, %d %b %Y %H:%M:%S GMT"
ENTRIES = 3000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("authority")
    (made / "authority.pem").write_bytes(pem(authority().der))
    (made / "key.pem").write_bytes(
        authority().key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made


@pytest.fixture(scope="module")
def crl(folder: Path) -> bytes:
    return long_list(folder, ENTRIES, number=1)


@pytest.fixture
def running(crl: bytes) -> Iterator[HandingOut]:
    with handing_out() as made:
        assert made.authority.lists is not None
        made.authority.lists[1, "13101"] = crl
        # Of a list of this moment no date is said: another one may be of it too.
        made.clock.offset = timedelta(minutes=1)
        yield made


@pytest.mark.requirement("R4.1.2")
def test_a_list_is_sent_with_all_that_a_reader_needs_to_keep_it(
    running: HandingOut, crl: bytes
) -> None:
    answer, body = running.ask()
    assert (answer.status, body) == (200, crl)
    read = x509.load_der_x509_crl(crl)
    said = answer.headers
    assert said["Content-Type"] == "application/pkix-crl"
    assert said["ETag"] == f'"{hashlib.sha256(crl).hexdigest()}"'
    assert said["Last-Modified"] == read.last_update_utc.strftime(STAMP)
    assert read.next_update_utc is not None
    assert said["Expires"] == read.next_update_utc.strftime(STAMP)
    assert said["Accept-Ranges"] == "bytes"
    assert said["Vary"] == "accept-encoding"
    assert {"private", "no-transform", "must-revalidate"} < set(said["Cache-Control"].split(", "))
    # From the middle of its life on there is a newer one.
    kept = int(said["Cache-Control"].split("max-age=")[1].split(",")[0])
    assert 0 < kept <= timedelta(days=1).total_seconds()
    assert {"Server", "Via", "X-Powered-By", "Content-Encoding"}.isdisjoint(said)
    head, nothing = running.ask("HEAD")
    assert (head.status, nothing) == (200, b"")
    assert head.headers["Content-Length"] == str(len(crl))
    assert head.headers["ETag"] == said["ETag"]
    # However often it is asked for, it is fetched once.
    assert running.authority.asked == 1


def test_who_has_it_is_told_so(running: HandingOut, crl: bytes) -> None:
    first, _ = running.ask()
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for has in ({"If-None-Match": etag}, {"If-Modified-Since": modified}):
        answer, body = running.ask(headers=has)
        assert (answer.status, body) == (304, b"")
        assert answer.headers["ETag"] == etag
        assert answer.headers["Expires"] == first.headers["Expires"]
    for has in ({"If-None-Match": '"other"'}, {"If-Modified-Since": "yesterday"}):
        answer, body = running.ask(headers=has)
        assert (answer.status, body) == (200, crl)
    running.clock.offset = timedelta(0)
    assert "Last-Modified" not in running.ask()[0].headers
    assert running.ask(headers={"If-Modified-Since": modified})[0].status == 200
    answer, body = running.ask(headers={"If-Match": '"other"'})
    assert (answer.status, body) == (412, b"")


def test_a_part_is_sent_of_the_same_list_only(running: HandingOut, crl: bytes) -> None:
    etag = running.ask("HEAD")[0].headers["ETag"]
    length = len(crl)
    for asked, start, end in (
        ("bytes=0-99", 0, 100),
        ("bytes=1000-", 1000, length),
        (f"bytes={length - 1}-{length + 9}", length - 1, length),
        ("bytes=-7", length - 7, length),
    ):
        for also in ({}, {"If-Range": etag}):
            answer, body = running.ask(headers={"Range": asked, **also})
            assert (answer.status, body) == (206, crl[start:end])
            assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{length}"
    for headers in (
        {"Range": "bytes=5-", "If-Range": '"other"'},
        {"Range": "bytes=0-1,4-5"},
        {"Range": "lines=1-2"},
    ):
        answer, body = running.ask(headers=headers)
        assert (answer.status, body) == (200, crl)
    answer, body = running.ask(headers={"Range": f"bytes={length}-"})
    assert (answer.status, body) == (416, b"")
    assert answer.headers["Content-Range"] == f"bytes */{length}"
    answer, _ = running.ask("HEAD", headers={"Range": "bytes=0-1"})
    assert (answer.status, answer.headers["Content-Length"]) == (200, str(length))


@pytest.mark.requirement("R5.2.2")
def test_each_download_that_begins_is_counted(running: HandingOut) -> None:
    def told() -> list[tuple[str, str, str, int]]:
        return running.server.plane.core.take_usage()

    whole, _ = running.ask()
    running.ask(headers={"Range": "bytes=5-"})
    assert told() == [("tax-office", AUTHORITY, "lists", 2)]
    # Nothing of a list is sent to these.
    for method, headers, status in (
        ("HEAD", {}, 200),
        ("GET", {"If-None-Match": whole.headers["ETag"]}, 304),
        ("GET", {"If-Match": '"other"'}, 412),
        ("GET", {"Range": "bytes=1000000000-"}, 416),
    ):
        assert running.ask(method, headers=headers)[0].status == status
    running.agree("grpc")
    assert running.ask()[0].status == 403
    assert told() == []


def test_a_list_is_compressed_once_for_who_takes_that(running: HandingOut, crl: bytes) -> None:
    whole, _ = running.ask()
    takes = {"Accept-Encoding": "gzip, deflate"}
    answer, body = running.ask(headers=takes)
    assert (answer.status, answer.headers["Content-Encoding"]) == (200, "gzip")
    assert gzip.decompress(body) == crl
    assert len(body) < len(crl) * 0.9
    # Other octets, so another tag, and parts are of these.
    etag = answer.headers["ETag"]
    assert etag == whole.headers["ETag"].removesuffix('"') + '-gzip1"'
    rest, octets = running.ask(headers={**takes, "Range": "bytes=10-", "If-Range": etag})
    assert (rest.status, octets) == (206, body[10:])
    # Who has a part of the other form goes on with that one.
    other = whole.headers["ETag"]
    for goes_on in ({"If-Range": other}, {"If-Match": other}):
        rest, octets = running.ask(headers={**takes, "Range": "bytes=10-", **goes_on})
        assert (rest.status, octets) == (206, crl[10:])
        assert "Content-Encoding" not in rest.headers
    # Whoever has it in either form has it, whichever would be sent now.
    for tag in (etag, other):
        for also in ({}, takes):
            again, nothing = running.ask(headers={**also, "If-None-Match": tag})
            assert (again.status, nothing) == (304, b"")
            assert again.headers["ETag"] == tag
    assert running.ask(headers={"If-Match": etag})[0].status == 412


def test_which_lists_there_are_is_handed_out_as_it_came(running: HandingOut) -> None:
    path = f"/lists/{AUTHORITY}/set.pb"
    assert running.ask(path=path)[0].status == 404
    assert running.authority.lists is not None
    said = b"signed by ca" * 1000
    running.authority.lists[0, ""] = said
    answer, body = running.ask(path=path)
    assert (answer.status, body) == (200, said)
    assert answer.headers["Content-Type"] == "application/x-protobuf"
    # It is of now alone.
    assert "max-age=0" in answer.headers["Cache-Control"].split(", ")
    assert {"Last-Modified", "Expires"}.isdisjoint(answer.headers)
    etag = answer.headers["ETag"]
    assert etag == f'"{hashlib.sha256(said).hexdigest()}"'
    assert running.ask(path=path, headers={"If-None-Match": etag})[0].status == 304
    part, octets = running.ask(path=path, headers={"Range": "bytes=10-", "If-Range": etag})
    assert (part.status, octets) == (206, said[10:])
    takes = {"Accept-Encoding": "gzip"}
    assert gzip.decompress(running.ask(path=path, headers=takes)[1]) == said
    # Over gRPC it is told for nothing too.
    assert running.server.plane.core.take_usage() == []
    running.authority.lists = None
    wait_until(lambda: running.ask(path=path)[0].status == 503)


@pytest.mark.requirement("R4.2", "R4.3", refuses=True)
def test_which_lists_there_are_is_for_who_agreed_on_them(running: HandingOut) -> None:
    assert running.authority.lists is not None
    running.authority.lists[0, ""] = b"signed by ca"
    path = f"/lists/{AUTHORITY}/set.pb"
    running.agree("ocsp_http", "grpc")
    for method, headers in (
        ("GET", {}),
        ("HEAD", {}),
        ("GET", {"If-None-Match": "*"}),
        ("GET", {"Range": "bytes=0-0"}),
    ):
        for closed in (path, PATH):
            answer, body = running.ask(method, closed, headers)
            assert (answer.status, body) == (403, b"")
    assert running.ask(path="/lists/signing-14/set.pb")[0].status == 403


@pytest.mark.requirement("R4.2", "R4.3", refuses=True)
def test_lists_are_for_who_agreed_on_them(running: HandingOut) -> None:
    def status() -> int:
        answer, body = running.ask()
        assert answer.status == 200 or body == b""
        return answer.status

    assert status() == 200
    running.agree("ocsp_http", "grpc")
    assert status() == 403
    running.agree("lists", until=1)
    assert status() == 403
    running.server.plane.core.set_registry([])
    answer, _ = running.ask(headers={"X-Request-Id": "1" * 32})
    assert answer.status == 403
    assert answer.headers["X-Request-Id"] == "11111111-1111-1111-1111-111111111111"
    assert answer.headers["Cache-Control"] == "no-store"
    # A tag that was had does not open what has been closed.
    running.agree("ocsp_http")
    assert running.ask(headers={"If-None-Match": "*"})[0].status == 403
    running.agree("lists")
    assert status() == 200
    running.server.plane.core.hold_registry(0.0)
    wait_until(lambda: running.ask()[0].status == 503)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", PATH, 405),
        ("DELETE", PATH, 405),
        ("GET", "/lists/", 404),
        ("GET", f"/lists/{AUTHORITY}/1/13102.crl", 404),
        ("GET", f"/lists/{AUTHORITY}/2/13101.crl", 404),
        ("GET", f"{PATH}?x=1", 404),
        ("GET", f"/lists/{AUTHORITY}/1/../../13101.crl", 404),
        ("GET", "/lists/signing-14/1/14101.crl", 403),
        ("GET", "/lists/" + "a" * 9000, 414),
    ],
    ids=["post", "delete", "none", "partition", "generation", "query", "up", "other", "long"],
)
def test_what_is_no_list_is_refused(
    running: HandingOut, method: str, path: str, status: int
) -> None:
    answer, body = running.ask(method, path)
    assert (answer.status, body) == (status, b"")


def test_one_that_is_not_to_be_had_is_to_be_asked_for_again(running: HandingOut) -> None:
    running.authority.lists = None
    answer, body = running.ask()
    assert (answer.status, body) == (503, b"")
    assert int(answer.headers["Retry-After"]) > 0


def test_what_is_no_list_that_can_be_used_is_not_handed_on(running: HandingOut) -> None:
    assert running.authority.lists is not None
    running.authority.lists[1, "13101"] = b"no list"
    assert running.ask()[0].status == 503


def test_a_newer_list_takes_its_place(running: HandingOut, folder: Path) -> None:
    before = running.ask()[0].headers["ETag"]
    newer = long_list(folder, ENTRIES + 1, number=2)
    assert running.authority.lists is not None
    running.authority.lists[1, "13101"] = newer
    # What was heard of it counts for some seconds.
    wait_until(lambda: running.ask("HEAD")[0].headers["ETag"] != before)
    answer, body = running.ask(headers={"If-None-Match": before})
    assert (answer.status, body) == (200, newer)
    # Who had a part of the one before is sent all of this.
    answer, body = running.ask(headers={"Range": "bytes=10-", "If-Range": before})
    assert (answer.status, body) == (200, newer)


def test_a_newer_list_that_can_t_be_had_is_told(running: HandingOut, crl: bytes) -> None:
    assert running.ask()[1] == crl
    assert running.authority.lists is not None
    running.authority.lists[1, "13101"] = b"no list"
    with captured_logs() as said:

        def is_told() -> bool:
            running.ask("HEAD")
            return "newer CRL not had" in said.getvalue()

        # What was heard of it counts for some seconds.
        wait_until(is_told)
    (line,) = [line for line in said.getvalue().splitlines() if "newer CRL not had" in line]
    assert AUTHORITY in line
    assert "13101" in line
    # It goes out for a minute more, and no cache of the verifier's goes on with it.
    for tag in ("", running.ask()[0].headers["ETag"]):
        answer, _ = running.ask(headers={"If-None-Match": tag} if tag else {})
        assert answer.status == (304 if tag else 200)
        assert "Expires" not in answer.headers
        assert "max-age=0, " in answer.headers["Cache-Control"]


def test_who_takes_a_list_too_slowly_is_let_go_of(folder: Path) -> None:
    limits = HttpLimits(list_taken=0.5, lists_of_one=1)
    with handing_out(limits) as running:
        assert running.authority.lists is not None
        # More than sockets hold between two processes.
        running.authority.lists[1, "13101"] = long_list(folder, 400_000, number=1)
        with socket.create_connection(("127.0.0.1", running.server.port), 60) as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.sendall(f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert slow.recv(12) == b"HTTP/1.1 200"
            # It has all that its address may have; then its connection ends.
            assert running.ask("HEAD")[0].status in {200, 503}
            wait_until(lambda: running.ask("HEAD")[0].status == 200)
            ended = dict(running.server.plane.core.take_counts()[5])
            assert ended == {"not_taken": 1}
