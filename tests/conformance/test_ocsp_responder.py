"""The running responder, asked and judged by openssl, ocsptool, cryptography and pkilint."""

from __future__ import annotations

import http.client
import socket
import ssl
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from openjpki.rpc.identity.peer import read_certificate
from openjpki.rpc.identity.roles import PeerRole
from openjpki.telemetry.metrics import REGISTRY
from tests.support.ca_service import KAGAWA, TOYAMA, person_key
from tests.support.denying import allow, deny
from tests.support.judged_responder import LOCAL, pem_of, responder, running
from tests.support.openssl import openssl
from tests.support.pki_linting import lint_certificate, lint_ocsp_response, unexplained
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki_devkit.mesh.authority import MeshCredential
    from tests.support.judged_responder import Responder

__all__ = ["responder", "running"]

Status = ocsp.OCSPCertStatus
Answered = ocsp.OCSPResponseStatus


@pytest.fixture(scope="module")
def signer(running: Responder) -> bytes:
    """A verifier's certificate for signing requests (DER); signer.pem and signer.key beside."""
    return _signer(running.folder, "signer")


def _signer(
    folder: Path, name: str, *, key: rsa.RSAPrivateKey | None = None, days: int = 1
) -> bytes:
    key = key or person_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tax Office requests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    (folder / f"{name}.pem").write_bytes(pem_of(certificate))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate.public_bytes(serialization.Encoding.DER)


@pytest.mark.requirement("R4.1.1")
@pytest.mark.parametrize("algorithm", ["-sha1", "-sha256"])
@pytest.mark.parametrize("nonce", ["-nonce", "-no_nonce"])
def test_openssl_gets_all_three_answers(responder: Responder, algorithm: str, nonce: str) -> None:
    done = responder.openssl(
        f"-issuer authority.pem {algorithm} -cert good.pem {algorithm} -cert revoked.pem"
        f" {algorithm} -serial {responder.unknown} {nonce}"
    )
    assert done.returncode == 0, done.stderr
    assert "Response verify OK" in done.stderr
    assert "WARNING" not in done.stderr
    said = done.stdout
    assert "good.pem: good" in said
    assert "revoked.pem: revoked" in said
    assert "Reason: keyCompromise" in said
    assert f"{responder.unknown}: unknown" in said
    assert said.count(f"Hash Algorithm: {algorithm[1:]}") == 3
    assert ("OCSP Nonce" in said) == (nonce == "-nonce")


@pytest.mark.requirement("R4.1.1")
def test_ocsptool_asks_over_plain_http(responder: Responder) -> None:
    for name, wanted in {"good": "Good", "revoked": "Revoked"}.items():
        done = subprocess.run(
            [
                "ocsptool",
                f"--ask={responder.pair.ocsp.url}",
                "--load-issuer=authority.pem",
                f"--load-cert={name}.pem",
                "--load-trust=authority.pem",
            ],
            cwd=responder.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        said = done.stdout + done.stderr
        assert f"Certificate Status: {wanted.lower()}" in said, said
        assert "Verifying OCSP Response: Success" in said, said
        assert done.returncode == 0, said


@pytest.mark.requirement("R4.1.1")
@pytest.mark.parametrize(
    "algorithm",
    [hashes.SHA1(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512()],  # noqa: S303
)
def test_cryptography_reads_what_is_answered(
    responder: Responder, algorithm: hashes.HashAlgorithm
) -> None:
    serials = {
        responder.good.serial_number: Status.GOOD,
        responder.revoked.serial_number: Status.REVOKED,
        responder.unknown: Status.UNKNOWN,
    }
    for serial, status in serials.items():
        answer = responder.ask(responder.request(serial, algorithm, nonce=b"\x05" * 32))
        assert answer.response_status is Answered.SUCCESSFUL
        assert answer.certificate_status is status
        assert answer.serial_number == serial
        nonce = answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        assert nonce == b"\x05" * 32
        assert answer.next_update_utc is not None
        assert answer.this_update_utc <= answer.produced_at_utc < answer.next_update_utc
        if status is Status.REVOKED:
            assert answer.revocation_reason is x509.ReasonFlags.key_compromise
            assert answer.revocation_time_utc is not None
            assert answer.revocation_time_utc.timestamp() == responder.revoked_at
        (delegated,) = answer.certificates
        delegated.verify_directly_issued_by(responder.authority)
        assert answer.responder_key_hash is not None
        usage = delegated.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert ExtendedKeyUsageOID.OCSP_SIGNING in usage
        assert delegated.extensions.get_extension_for_class(x509.OCSPNoCheck)


def test_pkilint_finds_no_error_in_answers(responder: Responder) -> None:
    for serial in (
        responder.good.serial_number,
        responder.revoked.serial_number,
        responder.unknown,
    ):
        for nonce in (None, b"\x07" * 16):
            der = responder.pair.ocsp.post(responder.request(serial, nonce=nonce))
            assert unexplained(lint_ocsp_response(der)) == []
    (delegated,) = ocsp.load_der_ocsp_response(der).certificates
    lint = lint_certificate(delegated.public_bytes(serialization.Encoding.DER))
    assert [one for one in lint if one.is_error] == []


# -- who may ask --------------------------------------------------------------------------------


@pytest.mark.requirement("R4.2", refuses=True)
def test_unregistered_requester_is_unauthorized(running: Responder) -> None:
    running.register(networks=("10.0.0.0/8",))
    der = running.request(running.good.serial_number)
    assert running.ask(der).response_status is Answered.UNAUTHORIZED
    # What the peer says of itself does not count.
    forged = {"X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1", "X-Real-IP": "10.0.0.1"}
    answer = ocsp.load_der_ocsp_response(running.pair.ocsp.post(der, **forged))
    assert answer.response_status is Answered.UNAUTHORIZED


@pytest.mark.requirement("R4.2")
def test_registered_signer_is_answered(running: Responder, signer: bytes) -> None:
    running.register(signers=(signer,))
    asked = "-issuer authority.pem -cert good.pem"
    done = running.openssl(f"{asked} -signer signer.pem -signkey signer.key")
    assert "good.pem: good" in done.stdout, done.stderr
    assert "Response verify OK" in done.stderr
    # Without the signature the same question gets no answer.
    done = running.openssl(asked)
    assert "unauthorized" in done.stdout + done.stderr


@pytest.mark.requirement("R4.2", refuses=True)
def test_only_the_registered_certificate_counts(running: Responder, signer: bytes) -> None:
    asked = "-issuer authority.pem -cert good.pem"
    key = serialization.load_pem_private_key((running.folder / "signer.key").read_bytes(), None)
    # Same name, same key, another certificate; and one that is registered but has ended.
    assert isinstance(key, rsa.RSAPrivateKey)
    _signer(running.folder, "twin", key=key)
    ended = _signer(running.folder, "ended", days=-1)
    # A signature that does not count is not outweighed by the address.
    running.register(signers=(signer, ended), networks=LOCAL)
    for name in ("twin", "ended"):
        done = running.openssl(f"{asked} -signer {name}.pem -signkey {name}.key")
        assert "unauthorized" in done.stdout + done.stderr, name


@pytest.mark.requirement("R4.2", refuses=True)
def test_spoiled_signature_is_unauthorized(running: Responder, signer: bytes) -> None:
    running.register(signers=(signer,))
    made = openssl(
        running.folder,
        "ocsp -issuer authority.pem -cert good.pem -signer signer.pem -signkey signer.key"
        " -reqout signed.der",
    )
    assert made.returncode == 0, made.stderr
    der = (running.folder / "signed.der").read_bytes()
    assert running.ask(der).response_status is Answered.SUCCESSFUL
    serial = running.good.serial_number.to_bytes(20, "big").lstrip(b"\0")
    place = der.index(serial) + len(serial) - 1
    spoiled = der[:place] + bytes([der[place] ^ 1]) + der[place + 1 :]
    # The certificate of the requestorName must be sent along.
    made = openssl(
        running.folder,
        "ocsp -issuer authority.pem -cert good.pem -signer signer.pem -signkey signer.key"
        " -no_certs -reqout alone.der",
    )
    assert made.returncode == 0, made.stderr
    for bad in (spoiled, (running.folder / "alone.der").read_bytes()):
        assert running.ask(bad).response_status is Answered.UNAUTHORIZED


def _signed(running: Responder, algorithm: hashes.HashAlgorithm, *sent: bytes) -> bytes:
    """What signer.key signs with this hash, with these certificates sent along."""
    made = openssl(
        running.folder,
        "ocsp -issuer authority.pem -cert good.pem -signer signer.pem -signkey signer.key"
        " -reqout signed.der",
    )
    assert made.returncode == 0, made.stderr
    request = asn1_ocsp.OCSPRequest.load((running.folder / "signed.der").read_bytes())
    key = serialization.load_pem_private_key((running.folder / "signer.key").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    signature = key.sign(request["tbs_request"].dump(), padding.PKCS1v15(), algorithm)
    der: bytes = asn1_ocsp.OCSPRequest(
        {
            "tbs_request": request["tbs_request"],
            "optional_signature": {
                "signature_algorithm": {"algorithm": f"{algorithm.name}_rsa"},
                "signature": signature,
                "certs": [asn1_x509.Certificate.load(one) for one in sent],
            },
        }
    ).dump()
    return der


@pytest.mark.requirement("R4.2", refuses=True)
def test_a_signature_by_sha1_is_none(running: Responder, signer: bytes) -> None:
    running.register(signers=(signer,))
    asked = _signed(running, hashes.SHA256(), signer)
    assert running.ask(asked).response_status is Answered.SUCCESSFUL
    asked = _signed(running, hashes.SHA1(), signer)  # noqa: S303
    assert running.ask(asked).response_status is Answered.UNAUTHORIZED


def test_whichever_certificate_is_meant_is_found(running: Responder, signer: bytes) -> None:
    """One that is sent often is tried once; one of the same name and key that has ended, never."""
    key = serialization.load_pem_private_key((running.folder / "signer.key").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    ended = _signer(running.folder, "before", key=key, days=-1)
    others = [_signer(running.folder, f"other{number}") for number in range(3)]
    running.register(signers=(signer, ended, *others))
    for sent in ((signer,) * 12, (ended, signer), (*others, signer)):
        asked = _signed(running, hashes.SHA256(), *sent)
        assert running.ask(asked).response_status is Answered.SUCCESSFUL
    asked = _signed(running, hashes.SHA256(), ended)
    assert running.ask(asked).response_status is Answered.UNAUTHORIZED


def test_who_claims_a_name_must_sign(running: Responder, signer: bytes) -> None:
    running.register(signers=(signer,))
    der = openssl(
        running.folder,
        "ocsp -issuer authority.pem -cert good.pem -signer signer.pem -signkey signer.key"
        " -no_nonce -reqout signed.der",
    )
    assert der.returncode == 0, der.stderr
    signed = (running.folder / "signed.der").read_bytes()
    tbs = asn1_ocsp.OCSPRequest.load(signed)["tbs_request"]
    unsigned = asn1_ocsp.OCSPRequest({"tbs_request": tbs}).dump()
    assert running.ask(unsigned).response_status is Answered.SIG_REQUIRED


@pytest.mark.requirement("R4.2", refuses=True)
def test_other_issuers_are_unauthorized(responder: Responder) -> None:
    stranger = x509.load_pem_x509_certificate((responder.folder / "good.pem").read_bytes())
    for issuer in (responder.other_authority, stranger):
        der = responder.request(responder.good.serial_number, issuer=issuer)
        assert responder.ask(der).response_status is Answered.UNAUTHORIZED
    der = responder.request(responder.good.serial_number, hashes.SHA224())
    assert responder.ask(der).response_status is Answered.UNAUTHORIZED
    # The same serial number under an authority that it is allowed to ask about is another thing.
    responder.register(networks=LOCAL, authorities=(TOYAMA, KAGAWA))
    der = responder.request(responder.good.serial_number, issuer=responder.other_authority)
    assert responder.ask(der).certificate_status is Status.UNKNOWN


# -- mutual TLS ---------------------------------------------------------------------------------


def _https(running: Responder, credential: MeshCredential | None, der: bytes) -> ocsp.OCSPResponse:
    mesh = running.pair.ca.mesh
    context = ssl.create_default_context(cadata=mesh.trust_bundle.decode())
    if credential is not None:
        files = credential.write(running.folder / "https")
        context.load_cert_chain(files.certificate, files.private_key)
    port = running.pair.ocsp.service.http.https_port
    assert port
    connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=60)
    connection.request("POST", "/", der, {"Content-Type": "application/ocsp-request"})
    answer = ocsp.load_der_ocsp_response(connection.getresponse().read())
    connection.close()
    return answer


@pytest.mark.requirement("R4.2")
def test_mutual_tls_says_who_asks(running: Responder) -> None:
    running.register()
    mesh = running.pair.ca.mesh
    der = running.request(running.good.serial_number)
    judges = mesh.issue(PeerRole.VERIFIER, "judges")
    assert _https(running, judges, der).certificate_status is Status.GOOD
    # Known to the mesh, but no registered verifier; the address does not help it.
    running.register(networks=LOCAL)
    for role, scope, subject in (
        (PeerRole.VERIFIER, "stranger", ""),
        (PeerRole.PARTNER, "judges", ""),
        (PeerRole.REGISTRATION, "nationwide", ""),
    ):
        peer = mesh.issue(role, scope, subject)
        assert _https(running, peer, der).response_status is Answered.UNAUTHORIZED
    # Denied by its certificate: another one of the same verifier is answered.
    operator = running.pair.ocsp.channel(PeerRole.OPERATOR, "ocsp", "operator-1")
    shown = read_certificate(judges.certificate, mesh.trust_domain)
    deny(operator, shown.fingerprint)
    assert _https(running, judges, der).response_status is Answered.UNAUTHORIZED
    other = mesh.issue(PeerRole.VERIFIER, "judges")
    assert _https(running, other, der).certificate_status is Status.GOOD
    deny(operator, shown.identity.spiffe_id)
    assert _https(running, other, der).response_status is Answered.UNAUTHORIZED
    another = running.pair.ocsp.channel(PeerRole.OPERATOR, "ocsp", "operator-2")
    for credential in (shown.fingerprint, shown.identity.spiffe_id):
        allow(another, credential)
    assert _https(running, judges, der).certificate_status is Status.GOOD
    with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
        _https(running, None, der)


def test_who_is_denied_while_a_request_comes_is_not_answered(running: Responder) -> None:
    """Who asks is looked at when all of it is there, on a connection that was opened before."""
    running.register()
    mesh = running.pair.ca.mesh
    judges = mesh.issue(PeerRole.VERIFIER, "judges")
    files = judges.write(running.folder / "judges")
    context = ssl.create_default_context(cadata=judges.trust_bundle.decode())
    context.load_cert_chain(files.certificate, files.private_key)
    der = running.request(running.good.serial_number)
    shown = read_certificate(judges.certificate, mesh.trust_domain)
    where = ("127.0.0.1", running.pair.ocsp.service.http.https_port)
    operators = [
        running.pair.ocsp.channel(PeerRole.OPERATOR, "ocsp", f"operator-{number}")
        for number in (1, 2)
    ]
    with (
        socket.create_connection(where, 60) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as asking,
    ):
        head = (
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/ocsp-request\r\n"
            f"Expect: 100-continue\r\nContent-Length: {len(der)}\r\n\r\n"
        )
        for denied in (False, True):
            asking.sendall(head.encode())
            assert asking.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
            if denied:
                deny(operators[0], shown.fingerprint)
            asking.sendall(der)
            answer = http.client.HTTPResponse(asking)
            answer.begin()
            read = ocsp.load_der_ocsp_response(answer.read())
            assert read.response_status is (
                Answered.UNAUTHORIZED if denied else Answered.SUCCESSFUL
            )
    allow(operators[1], shown.fingerprint)


def test_crowd_is_signed_in_batches_and_each_gets_its_own(responder: Responder) -> None:
    def ask(number: int) -> bool:
        nonce = number.to_bytes(16, "big")
        answer = responder.ask(responder.request(responder.good.serial_number, nonce=nonce))
        got = answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        return answer.certificate_status is Status.GOOD and got == nonce

    def batches() -> float:
        return REGISTRY.get_sample_value("openjpki_signing_duration_seconds_count") or 0.0

    before = batches()
    with ThreadPoolExecutor(32) as pool:
        assert all(pool.map(ask, range(1, 401)))
    assert 0 < batches() - before < 400
    wait_until(lambda: REGISTRY.get_sample_value("openjpki_ocsp_responses_waiting") == 0)
