"""Asking for status over OCSP, downloading lists, and a revocation in between."""

from __future__ import annotations

import hashlib
import secrets
import time
import urllib.error
import urllib.request
import uuid
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import RevocationListDownloadServiceStub
from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import identity_pb2, revocation_pb2
from openjpki.config.ca import CaSettings
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca import service as ca_service
from openjpki_devkit.demo.journey import AUTHORITY, MUNICIPALITY, expect

if TYPE_CHECKING:
    from openjpki_devkit.demo.issuance import IssuedCertificate
    from openjpki_devkit.demo.journey import Journey

_WITHIN_SECONDS = 1.0
"""A revocation shows in OCSP within this time of the answer to the revoker."""


def query_status(journey: Journey, issued: IssuedCertificate, wanted: str) -> None:
    """One OCSP query over HTTP; `unknown` asks for a serial that was never issued."""
    with journey.transcript.step("OCSP", f"status over HTTP: {wanted}", "失効情報の照会") as step:
        authority = x509.load_der_x509_certificate(issued.authority_certificate)
        serial = int.from_bytes(
            secrets.token_bytes(16) if wanted == "unknown" else issued.serial, "big"
        )
        began = time.perf_counter()
        response = _ask(journey, authority, serial)
        while (
            response.certificate_status.name.lower() != wanted
            and time.perf_counter() - began < _WITHIN_SECONDS
        ):
            response = _ask(journey, authority, serial)
        expect(f"OCSP to say {wanted}", holds=response.certificate_status.name.lower() == wanted)
        (journey.results / f"ocsp-{wanted}.der").write_bytes(response.public_bytes(Encoding.DER))
        step.facts = {
            "serial": f"{serial:x}",
            "answer": response.certificate_status.name.lower(),
            "after": f"{(time.perf_counter() - began) * 1000:.0f} ms",
        }


def download_list(journey: Journey, issued: IssuedCertificate, name: str) -> None:
    """A new revocation list of the municipality, fetched as the verifier fetches it."""
    with journey.transcript.step("CRL", f"revocation list: {name}", "失効情報ファイル") as step:
        _publish(journey)
        with journey.channel(PeerRole.OCSP, PeerRole.VERIFIER, "tax-office") as channel:
            pieces = RevocationListDownloadServiceStub(channel).DownloadRevocationList(
                ocsp_pb2.DownloadRevocationListRequest(
                    authority_id=str(AUTHORITY), partition=MUNICIPALITY
                )
            )
            der = b"".join(piece.chunk for piece in pieces)
        (journey.results / name).write_bytes(der)
        crl = x509.load_der_x509_crl(der)
        number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        listed = crl.get_revoked_certificate_by_serial_number(int.from_bytes(issued.serial, "big"))
        step.facts = {"number": number, "entries": len(crl), "ours": listed is not None}


def revoke(journey: Journey, issued: IssuedCertificate) -> None:
    """The resident asks for it at the window."""
    request = pb.RevokeCertificateRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=MUNICIPALITY,
        serial=issued.serial,
        cause=revocation_pb2.REVOCATION_CAUSE_USER_WISH,
        check=identity_pb2.IdentityCheck(
            evidence=identity_pb2.IDENTITY_EVIDENCE_PHOTO_DOCUMENT, document_kind="passport"
        ),
    )
    with (
        journey.transcript.step("失効", "revoked at the window", "失効申請") as step,
        journey.window(MUNICIPALITY, "officer-1") as window,
    ):
        answer = window.RevokeCertificate(request)
        step.facts = {"at": answer.revoked_at.ToJsonString(), "cause": "user's wish"}


def _ask(journey: Journey, authority: x509.Certificate, serial: int) -> ocsp.OCSPResponse:
    # SHA-1 names the issuer, as in most clients' requests, and there is no nonce: so the answers
    # left behind fit what `openssl ocsp -respin` would have asked.
    octets = authority.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    sha1 = hashes.SHA1()  # noqa: S303 - a name for an issuer, not a protection
    request = (
        ocsp.OCSPRequestBuilder()
        .add_certificate_by_hash(
            _sha1(authority.subject.public_bytes()), _sha1(octets), serial, sha1
        )
        .build()
    )
    port = journey.installation.ports[PeerRole.OCSP].http
    query = urllib.request.Request(
        f"http://127.0.0.1:{port}/",
        data=request.public_bytes(Encoding.DER),
        headers={"Content-Type": "application/ocsp-request"},
    )
    try:
        with urllib.request.urlopen(query, timeout=10) as answer:  # noqa: S310
            response = ocsp.load_der_ocsp_response(answer.read())
    except urllib.error.URLError as error:
        raise OpenJpkiError(
            Reason.SERVICE_UNAVAILABLE, f"no OCSP answer over HTTP ({error})"
        ) from error
    expect(
        "an OCSP answer",
        holds=response.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL,
    )
    return response


def _sha1(octets: bytes) -> bytes:
    return hashlib.sha1(octets, usedforsecurity=False).digest()


def _publish(journey: Journey) -> None:
    """Lists are made daily; the demo has no day to wait, so it makes one as an operator would."""
    settings = load_settings(CaSettings, journey.installation.layout.settings(PeerRole.CA))
    ca = ca_service.open_context(settings, SystemClock())
    try:
        ca_service.publisher_of(ca, settings).publish(AUTHORITY, MUNICIPALITY)
    finally:
        ca_service.close_context(ca)
