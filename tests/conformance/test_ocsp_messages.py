"""OCSP, asked and judged by `cryptography`, `openssl ocsp` and `pkilint`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.x509 import ocsp as peer

from openjpki.errors import OpenJpkiError, Reason
from openjpki.signer_core import SoftwareKey, ocsp_error_response
from openjpki.x509 import ocsp
from tests.support import x509_samples as samples
from tests.support.openssl import openssl
from tests.support.pki_linting import lint_ocsp_response, unexplained

if TYPE_CHECKING:
    from pathlib import Path

NOW = int(samples.NOW.timestamp())
HASHES = {
    "sha1": hashes.SHA1(),  # noqa: S303
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def ask(algorithm: str = "sha1", *, nonce: bytes | None = None) -> bytes:
    """A request about a person's certificate, made by another program."""
    person = x509.load_der_x509_certificate(samples.user_certificate())
    builder = peer.OCSPRequestBuilder().add_certificate(
        person, samples.authority().certificate, HASHES[algorithm]
    )
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(serialization.Encoding.DER)


def content(
    request: ocsp.OcspRequest, status: str = "good", reason: int | None = 1
) -> ocsp.ResponseData:
    times = {"this_update": NOW, "next_update": NOW + 3600}
    responses = []
    for cert_id in request.cert_ids:
        if status == "revoked":
            responses.append(
                ocsp.SingleResponse.revoked(cert_id, at=NOW - 60, reason=reason, **times)
            )
        else:
            responses.append(getattr(ocsp.SingleResponse, status)(cert_id, **times))
    return ocsp.ResponseData(produced_at=NOW, responses=responses, nonce=request.nonce)


def respond(contents: list[ocsp.ResponseData]) -> list[bytes]:
    key = SoftwareKey.from_pkcs8(samples.pkcs8(samples.responder().key))
    return ocsp.OcspResponder(samples.responder().der).sign(contents, key)


def means(cert_id: ocsp.OcspCertId, authority: bytes) -> bool:
    """Whether a CertID names an authority as we do."""
    named = ocsp.IssuerHashes.of(authority).by_algorithm.get(cert_id.hash_algorithm)
    return named == (cert_id.issuer_name_hash, cert_id.issuer_key_hash)


@pytest.mark.parametrize("algorithm", HASHES)
def test_a_request_means_its_authority(algorithm: str) -> None:
    request = ocsp.parse_request(ask(algorithm))
    (cert_id,) = request.cert_ids
    assert int.from_bytes(cert_id.serial, "big") == samples.SERIAL
    assert means(cert_id, samples.authority().der)
    assert not means(cert_id, samples.responder().der)
    assert (request.nonce, request.signature) == (None, None)


def test_a_hash_that_is_not_known_means_no_authority() -> None:
    person = x509.load_der_x509_certificate(samples.user_certificate())
    builder = peer.OCSPRequestBuilder().add_certificate(
        person, samples.authority().certificate, hashes.SHA224()
    )
    request = ocsp.parse_request(builder.build().public_bytes(serialization.Encoding.DER))
    assert not means(request.cert_ids[0], samples.authority().der)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@pytest.mark.parametrize("status", ["good", "revoked", "unknown"])
def test_another_program_reads_what_was_answered(algorithm: str, status: str) -> None:
    asked = ask(algorithm, nonce=b"\x07" * 32)
    (der,) = respond([content(ocsp.parse_request(asked), status)])
    read = peer.load_der_ocsp_response(der)
    assert read.response_status is peer.OCSPResponseStatus.SUCCESSFUL
    assert read.certificate_status is peer.OCSPCertStatus[status.upper()]
    assert (read.serial_number, read.hash_algorithm.name) == (samples.SERIAL, algorithm)
    assert read.issuer_name_hash == peer.load_der_ocsp_request(asked).issuer_name_hash
    assert read.issuer_key_hash == peer.load_der_ocsp_request(asked).issuer_key_hash
    assert read.this_update_utc == read.produced_at_utc == samples.NOW
    assert read.next_update_utc == datetime.fromtimestamp(NOW + 3600, UTC)
    key_id = x509.SubjectKeyIdentifier.from_public_key(samples.responder().key.public_key())
    assert read.responder_key_hash == key_id.digest
    nonce = read.extensions.get_extension_for_class(x509.OCSPNonce)
    assert (nonce.value.nonce, nonce.critical) == (b"\x07" * 32, False)
    if status == "revoked":
        assert read.revocation_reason is x509.ReasonFlags.key_compromise
        assert read.revocation_time_utc == datetime.fromtimestamp(NOW - 60, UTC)
    assert read.certificates == [samples.responder().certificate]
    samples.responder().key.public_key().verify(
        read.signature, read.tbs_response_bytes, padding.PKCS1v15(), hashes.SHA256()
    )


def test_openssl_reads_and_verifies_the_answer(tmp_path: Path) -> None:
    for status in ("good", "revoked", "unknown"):
        asked = ask(nonce=b"\x01" * 16)
        (der,) = respond([content(ocsp.parse_request(asked), status)])
        (tmp_path / "request.der").write_bytes(asked)
        (tmp_path / "response.der").write_bytes(der)
        (tmp_path / "authority.pem").write_bytes(samples.pem(samples.authority().der))
        (tmp_path / "user.pem").write_bytes(samples.pem(samples.user_certificate()))
        done = openssl(
            tmp_path,
            "ocsp -reqin request.der -respin response.der -issuer authority.pem -cert user.pem"
            f" -CAfile authority.pem -attime {NOW} -validity_period {10**9} -resp_text -no_nonce",
        )
        assert done.returncode == 0, done.stderr
        assert f"user.pem: {status}" in done.stdout
        assert "Response verify OK" in done.stderr
        # The request's own nonce is compared; -no_nonce only keeps openssl from adding another.
        assert "Nonce" not in done.stderr


def test_pkilint_finds_no_error() -> None:
    for status in ("good", "revoked", "unknown"):
        request = ocsp.parse_request(ask(nonce=b"\x01" * 16))
        (der,) = respond([content(request, status)])
        assert unexplained(lint_ocsp_response(der)) == []


def test_the_split_way_makes_the_same_bytes() -> None:
    responder = ocsp.OcspResponder(samples.responder().der)
    said = content(ocsp.parse_request(ask()))
    tbs = responder.to_be_signed(said)
    signature = samples.responder().key.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
    assert responder.assemble(tbs, signature) == respond([said])[0]


def test_many_answers_keep_their_order() -> None:
    requests = [ocsp.parse_request(ask(nonce=bytes([n + 1]))) for n in range(7)]
    for n, der in enumerate(respond([content(request) for request in requests])):
        nonce = peer.load_der_ocsp_response(der).extensions.get_extension_for_class(x509.OCSPNonce)
        assert nonce.value.nonce == bytes([n + 1])


def test_error_responses_are_understood() -> None:
    for status in ocsp.ErrorStatus:
        read = peer.load_der_ocsp_response(ocsp_error_response(status))
        assert read.response_status.name == status.name


def test_cut_short_and_continued_requests_are_refused() -> None:
    der = ask(nonce=b"\x01" * 16)
    for cut in range(len(der)):
        with pytest.raises(OpenJpkiError) as refused:
            ocsp.parse_request(der[:cut])
        assert refused.value.reason is Reason.MALFORMED_DER
    with pytest.raises(OpenJpkiError) as refused:
        ocsp.parse_request(der + b"\x00")
    assert refused.value.reason is Reason.TRAILING_BYTES


def test_too_many_requests_are_refused(tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_bytes(samples.pem(samples.authority().der))
    serials = " ".join(f"-serial {n}" for n in range(0x1000, 0x1004))
    done = openssl(tmp_path, f"ocsp -issuer authority.pem {serials} -reqout request.der")
    assert done.returncode == 0, done.stderr
    der = (tmp_path / "request.der").read_bytes()
    request = ocsp.parse_request(der, max_requests=4)
    assert [one.serial for one in request.cert_ids] == [b"\x10%c" % n for n in range(4)]
    with pytest.raises(OpenJpkiError):
        ocsp.parse_request(der, max_requests=3)


def test_what_is_no_rsa_authority_has_no_hashes() -> None:
    with pytest.raises(OpenJpkiError) as refused:
        ocsp.IssuerHashes.of(b"\x30\x00")
    assert refused.value.reason is Reason.MALFORMED_DER
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(samples.AUTHORITY_NAME)
        .issuer_name(samples.AUTHORITY_NAME)
        .serial_number(1)
        .not_valid_before(samples.NOW)
        .not_valid_after(samples.NOT_AFTER)
        .public_key(key.public_key())
        .sign(key, hashes.SHA256())
    )
    with pytest.raises(OpenJpkiError) as refused:
        ocsp.IssuerHashes.of(certificate.public_bytes(serialization.Encoding.DER))
    assert refused.value.reason is Reason.KEY_TYPE_REFUSED


def test_answers_that_can_not_be_are_refused() -> None:
    request = ocsp.parse_request(ask())
    responder = ocsp.OcspResponder(samples.responder().der)
    for said in (
        content(request, "revoked", reason=7),
        ocsp.ResponseData(produced_at=NOW, responses=[], nonce=None),
    ):
        with pytest.raises(OpenJpkiError) as refused:
            responder.to_be_signed(said)
        assert refused.value.reason is Reason.INVALID_FIELD
    with pytest.raises(OpenJpkiError):
        ocsp.OcspResponder(samples.responder().der[:-1])
