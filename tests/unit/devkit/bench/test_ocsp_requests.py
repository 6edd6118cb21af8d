"""Requests prepared for the load generator: what is sent, and what the right answer holds."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import ocsp

from openjpki_devkit.bench import ocsp_requests
from openjpki_devkit.bench.ocsp_requests import Question

if TYPE_CHECKING:
    from pathlib import Path

_SERIAL = bytes([0x40, *range(1, 20)])
_AT = datetime(2026, 1, 1, tzinfo=UTC)
_LONG = timedelta(days=1)


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def _issuer() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Tokyo")])
    builder = x509.CertificateBuilder(name, name, _key().public_key(), 1, _AT, _AT + _LONG)
    return builder.sign(_key(), hashes.SHA256())


@pytest.mark.parametrize(
    ("told", "status", "revoked_at"),
    [
        (ocsp.OCSPCertStatus.GOOD, "good", None),
        (ocsp.OCSPCertStatus.REVOKED, "revoked", _AT),
        (ocsp.OCSPCertStatus.UNKNOWN, "unknown", None),
    ],
)
def test_an_answer_holds_its_own_status_and_no_other(
    told: ocsp.OCSPCertStatus, status: str, revoked_at: datetime | None
) -> None:
    builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
        bytes(20), bytes(20), int.from_bytes(_SERIAL, "big"), hashes.SHA1(),  # noqa: S303
        told, _AT, _AT + _LONG, revoked_at, None,
    )  # fmt: skip
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, _issuer())
    answer = builder.sign(_key(), hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    for each in ("good", "revoked", "unknown"):
        assert (Question(_issuer(), _SERIAL, each).holds in answer) == (each == status)


def test_a_nonce_is_where_the_line_says(tmp_path: Path) -> None:
    question = Question(_issuer(), _SERIAL, "good")
    written = ocsp_requests.write(tmp_path / "it", [ocsp_requests.post_with_nonce(question)])
    line = json.loads(written.read_text())
    body = base64.b64decode(line["body"])
    nonce = body[line["nonce_at"] :][: line["nonce_octets"]]
    read = ocsp.load_der_ocsp_request(body)
    assert read.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == nonce
    assert read.serial_number == int.from_bytes(_SERIAL, "big")


def test_get_has_the_request_in_its_path() -> None:
    question = Question(_issuer(), _SERIAL, "revoked")
    line = ocsp_requests.get(question)
    assert line["kind"] == "get-revoked"
    target = str(line["target"])
    assert "/" not in target[1:]
    assert base64.b64decode(unquote(target[1:])) == question.der()
