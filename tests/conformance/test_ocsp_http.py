"""OCSP over HTTP as RFC 6960 appendix A and RFC 9919 have it, and requests that are none."""

from __future__ import annotations

import base64
import http.client
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
from asn1crypto import ocsp as asn1_ocsp
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp

from tests.support.judged_responder import digest_of, responder, running

if TYPE_CHECKING:
    from tests.support.judged_responder import Responder

__all__ = ["responder", "running"]

Status = ocsp.OCSPCertStatus
Answered = ocsp.OCSPResponseStatus


def _http(
    running: Responder, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    where = urlsplit(running.pair.ocsp.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


@pytest.mark.requirement("R4.1.1")
def test_get_is_answered_and_may_be_cached_by_the_asker(responder: Responder) -> None:
    encoded = base64.b64encode(responder.request(responder.good.serial_number)).decode()
    for path in (f"/{quote(encoded, safe='')}", f"/{encoded}", f"//{encoded}"):
        answer, content = _http(responder, "GET", path)
        assert (answer.status, answer.headers["Content-Type"]) == (
            200,
            "application/ocsp-response",
        )
        read = ocsp.load_der_ocsp_response(content)
        assert read.certificate_status is Status.GOOD
        assert read.next_update_utc is not None
        cache = answer.headers["Cache-Control"]
        assert {"private", "no-transform", "must-revalidate"} < set(cache.split(", "))
        assert "public" not in cache
        seconds = int(cache.split("max-age=")[1].split(",")[0])
        left = (read.next_update_utc - datetime.now(UTC)).total_seconds()
        # It was said a moment before, on a busy machine a longer one.
        assert left - 1 <= seconds <= left + 60
        stamp = "%a, %d %b %Y %H:%M:%S GMT"
        assert answer.headers["Last-Modified"] == read.this_update_utc.strftime(stamp)
        assert answer.headers["Expires"] == read.next_update_utc.strftime(stamp)
        assert answer.headers["ETag"].strip('"') == digest_of(hashes.SHA256(), content).hex()


def test_who_has_the_answer_is_told_that_it_still_holds(responder: Responder) -> None:
    """RFC 9110 13.1.2; the answer is one that is given again for a while."""
    path = "/" + base64.b64encode(responder.request(responder.good.serial_number)).decode()
    first, content = _http(responder, "GET", path)
    etag = first.headers["ETag"]
    for has in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer, body = _http(responder, "GET", path, None, **{"If-None-Match": has})
        assert (answer.status, body) == (304, b"")
        assert answer.headers["ETag"] == etag
        assert answer.headers["Expires"] == first.headers["Expires"]
    answer, body = _http(responder, "GET", path, None, **{"If-None-Match": '"other"'})
    assert (answer.status, body) == (200, content)
    answer, body = _http(responder, "HEAD", path)
    assert (answer.status, body) == (200, b"")
    assert answer.headers["ETag"] == etag
    assert answer.headers["Content-Length"] == str(len(content))


def test_what_must_not_be_cached_says_so(responder: Responder) -> None:
    good, unknown = responder.good.serial_number, responder.unknown
    for der in (
        responder.request(good, nonce=b"\x01" * 16),
        responder.request(unknown),
        b"garbage",
    ):
        answer, _ = _http(responder, "GET", "/" + quote(base64.b64encode(der).decode(), safe=""))
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers


def test_garbage_is_malformed(responder: Responder) -> None:
    der = responder.request(responder.good.serial_number, nonce=b"\x01" * 32)
    for cut in range(0, len(der), 3):
        assert responder.ask(der[:cut]).response_status is Answered.MALFORMED_REQUEST
    assert responder.ask(der + b"\0").response_status is Answered.MALFORMED_REQUEST
    for path in ("/", "/%%%", "/MFQw!", "/MFQwU", "/favicon.ico", "/a/b/c?d", "/" + "A" * 4000):
        answer, content = _http(responder, "GET", path)
        assert answer.status == 200
        read = ocsp.load_der_ocsp_response(content)
        assert read.response_status is Answered.MALFORMED_REQUEST, path


def _about(responder: Responder, integer: bytes) -> bytes:
    """A request about an INTEGER with these content octets, whatever they are."""
    own = asn1_ocsp.OCSPRequest.load(responder.request(1))
    about = own["tbs_request"]["request_list"][0]["req_cert"]
    fields = b"".join(about[name].dump() for name in list(about)[:3])
    asked = _element(b"\x02", integer)
    return _element(b"\x30", _element(b"\x30", _element(b"\x30", _element(
        b"\x30", _element(b"\x30", fields + asked)
    ))))  # fmt: skip


def _element(tag: bytes, content: bytes) -> bytes:
    size = len(content)
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return tag + (bytes([size]) if size < 128 else bytes([128 + len(octets)]) + octets) + content


NO_CERTIFICATES = {
    "21 octets": b"\x01" + bytes(20),
    "22 octets, the first of them zero": b"\x00\xff" + bytes(20),
    "zero": b"\x00",
    "negative": b"\xff",
    "negative, 20 octets": b"\x80" + bytes(19),
    "negative, 21 octets": b"\xfe" + bytes(20),
    "10 KB": b"\x7f" * 10_000,
}
"""INTEGERs that no certificate's serial number can be, as content octets (RFC 5280 4.1.2.2)."""


@pytest.mark.parametrize("integer", NO_CERTIFICATES.values(), ids=NO_CERTIFICATES)
def test_a_serial_that_no_certificate_has_is_unknown(responder: Responder, integer: bytes) -> None:
    """RFC 6960 2.2: the certificate is one that the responder knows nothing of. CertID says
    CertificateSerialNumber, which is INTEGER: it is a request all the same, and echoed as asked."""
    der = _about(responder, integer)
    read = responder.ask(der)
    assert read.certificate_status is Status.UNKNOWN
    assert read.serial_number == int.from_bytes(integer, "big", signed=True)
    answer, content = _http(responder, "GET", "/" + quote(base64.b64encode(der).decode(), safe=""))
    if len(integer) < 1000:
        assert answer.status == 200
        assert ocsp.load_der_ocsp_response(content).certificate_status is Status.UNKNOWN
    else:
        # No address is that long, and RFC 6960 A.1 has no request of over 255 octets in one.
        assert answer.status == 431


def test_a_serial_that_is_not_der_is_malformed(responder: Responder) -> None:
    """X.690 8.3.2; above all what would be a good certificate's without its zeros."""
    good = responder.good.serial_number.to_bytes(20, "big")
    for integer in (
        b"",
        b"\x00" + good,
        bytes(4) + good,
        b"\x00\x01",
        b"\xff\xff",
        b"\x00" * 10_000,
    ):
        der = _about(responder, integer)
        assert responder.ask(der).response_status is Answered.MALFORMED_REQUEST
        if len(integer) < 1000:
            path = "/" + quote(base64.b64encode(der).decode(), safe="")
            answer, content = _http(responder, "GET", path)
            assert answer.status == 200
            read = ocsp.load_der_ocsp_response(content)
            assert read.response_status is Answered.MALFORMED_REQUEST
    assert responder.ask(_about(responder, good)).certificate_status is Status.GOOD


def test_what_is_no_ocsp_over_http_gets_an_http_error(responder: Responder) -> None:
    kind = {"Content-Type": "application/ocsp-request"}
    for method, path, body, headers, status in (
        ("PUT", "/", b"x", kind, 405),
        ("DELETE", "/", None, {}, 405),
        ("POST", "/", b"x", {"Content-Type": "text/plain"}, 415),
        ("POST", "/", b"\x30" * (16 * 1024 + 1), kind, 413),
        ("GET", "/" + "A" * 9000, None, {}, 414),
    ):
        answer, content = _http(responder, method, path, body, **headers)
        assert answer.status == status, (method, status)
        assert b"Traceback" not in content
