"""OCSP requests prepared for the load generator, and their answers as files for nginx."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

REQUEST_TYPE = "application/ocsp-request"
RESPONSE_TYPE = "application/ocsp-response"
_NONCE_OCTETS = 32
_READY_SECONDS = 60.0
# CertStatus (RFC 6960 4.2.1), which follows the serial number in an answer.
_STATUS = {"good": b"\x80\x00", "revoked": b"\xa1", "unknown": b"\x82\x00"}


@dataclass(frozen=True, slots=True)
class Question:
    """One certificate, and what there is to say of it."""

    issuer: x509.Certificate
    serial: bytes
    """INTEGER content."""
    status: str

    @property
    def holds(self) -> bytes:
        """Octets that are in the right answer and in no other."""
        return b"\x02" + bytes([len(self.serial)]) + self.serial + _STATUS[self.status]

    def der(self, nonce: bytes | None = None) -> bytes:
        """An OCSPRequest as most askers send it."""
        key = self.issuer.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.PKCS1
        )
        builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
            _sha1(self.issuer.subject.public_bytes()),
            _sha1(key),
            int.from_bytes(self.serial, "big"),
            hashes.SHA1(),  # noqa: S303
        )
        if nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
        return builder.build().public_bytes(serialization.Encoding.DER)


def post(question: Question) -> dict[str, object]:
    """A line of the generator's file: in the body, without nonce."""
    return _posted("post", question, question.der())


def post_with_nonce(question: Question) -> dict[str, object]:
    """The same with a nonce, new each time."""
    nonce = secrets.token_bytes(_NONCE_OCTETS)
    der = question.der(nonce)
    return _posted("nonce", question, der) | {
        "nonce_at": der.index(nonce),
        "nonce_octets": _NONCE_OCTETS,
    }


def get(question: Question) -> dict[str, object]:
    """In the path (RFC 6960 A.1)."""
    path = quote(base64.b64encode(question.der()), safe="")
    return _line("get", question, method="GET", target=f"/{path}")


def write(path: Path, lines: Iterable[dict[str, object]]) -> Path:
    """A file for the generator."""
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def as_files(folder: Path, url: str, questions: Iterable[Question]) -> Iterator[dict[str, object]]:
    """Has each question answered once by the service and the answer put into the folder; lines that
    ask for these files."""
    for number, question in enumerate(questions):
        (folder / f"{number}.ocsp").write_bytes(answered(url, question))
        yield _line("get", question, method="GET", target=f"/{number}.ocsp")


def answered(url: str, question: Question) -> bytes:
    """The right answer, as soon as the service gives it."""
    request = urllib.request.Request(  # noqa: S310
        url, data=question.der(), headers={"Content-Type": REQUEST_TYPE}
    )
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        with urllib.request.urlopen(request, timeout=_READY_SECONDS) as response:  # noqa: S310
            octets: bytes = response.read()
        if question.holds in octets:
            return octets
        time.sleep(0.1)
    raise OpenJpkiError(Reason.INTERNAL, f"no answer that says {question.status}")


def _posted(how: str, question: Question, der: bytes) -> dict[str, object]:
    body = base64.b64encode(der).decode()
    more = {"method": "POST", "target": "/", "content_type": REQUEST_TYPE, "body": body}
    return _line(how, question, **more)


def _line(how: str, question: Question, **asked: object) -> dict[str, object]:
    holds = base64.b64encode(question.holds).decode()
    answer = {"content_type": RESPONSE_TYPE, "holds": holds}
    return {"kind": f"{how}-{question.status}", **asked, "answer": answer}


def _sha1(octets: bytes) -> bytes:
    # A name for an issuer, not a protection.
    return hashlib.sha1(octets, usedforsecurity=False).digest()
