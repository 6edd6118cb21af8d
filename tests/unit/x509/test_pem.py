"""PEM among other programs' text (RFC 7468 section 2); data/pem was made with throw-away keys."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from openjpki.cli.arguments import certificate_file, request_file
from openjpki.client import TrustedAuthority
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.cms import check_signers
from openjpki.x509.foreign.csr import parse_csr
from openjpki.x509.foreign.reading import first_certificate
from openjpki.x509.pem import CERTIFICATE, REQUEST, contents, der_of, is_pem
from tests.support import x509_samples as samples

DATA = Path(__file__).parent / "data" / "pem"
AUTHORITY = (DATA / "authority-with-bag-attributes.pem").read_bytes()
ASKED = (DATA / "request-with-text-before.pem").read_bytes()
DER = x509.load_pem_x509_certificate(AUTHORITY).public_bytes(Encoding.DER)
BLOCK = AUTHORITY[AUTHORITY.index(b"-----BEGIN") :]

FORMS = {
    "text before": AUTHORITY,
    "block": BLOCK,
    "CRLF": AUTHORITY.replace(b"\n", b"\r\n"),
    "byte order mark": b"\xef\xbb\xbf" + BLOCK,
    "Shift_JIS before": "東京都知事\r\n".encode("cp932") + AUTHORITY,
    "digits before": b"001 of 001\n" + BLOCK,
    "spaces before": b" \n\t\n" + BLOCK,
    "text behind": BLOCK + b"\nend of file\n",
    "DER": DER,
}


@pytest.mark.parametrize("octets", FORMS.values(), ids=FORMS)
def test_a_certificate_is_read_whatever_stands_around_it(octets: bytes, tmp_path: Path) -> None:
    assert der_of(octets, CERTIFICATE, field="file") == DER
    (tmp_path / "file").write_bytes(octets)
    assert certificate_file(tmp_path / "file", "--authority") == DER
    trusted = TrustedAuthority.load("signing-13", octets)
    assert trusted.certificate.public_bytes(Encoding.DER) == DER


def test_a_request_is_read_with_text_before() -> None:
    der = der_of(ASKED, REQUEST, field="--request")
    assert x509.load_der_x509_csr(der).is_signature_valid


def test_der_that_holds_the_line_of_a_block_is_der() -> None:
    holds = b"\x30\x82" + len(BLOCK).to_bytes(2) + BLOCK
    assert not is_pem(holds)
    assert der_of(holds, CERTIFICATE, field="file") == holds


def test_the_octets_of_a_header_before_a_block_make_no_der_of_it() -> None:
    """256 octets are said, more come, and no element in them is whole."""
    assert len(BLOCK) > 256
    assert der_of(b"\x30\x82\x01\x00" + BLOCK, CERTIFICATE, field="file") == DER


def test_the_parts_of_a_label_are_had_in_order_broken_ones_too() -> None:
    cut = BLOCK[: BLOCK.index(b"-----END")]
    assert contents(cut + ASKED + BLOCK, CERTIFICATE) == [None, DER]
    assert contents(b"-----BEGIN " * 10_000, CERTIFICATE) == []
    assert is_pem(b"-----BEGIN " * 10_000)


def test_the_second_block_is_not_taken_for_a_first_that_can_not_be_read(tmp_path: Path) -> None:
    broken = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
    (tmp_path / "file").write_bytes(broken + BLOCK)
    with pytest.raises(OpenJpkiError) as refused:
        certificate_file(tmp_path / "file", "--authority")
    assert (refused.value.reason, refused.value.field) == (Reason.MALFORMED_DER, "--authority")
    with pytest.raises(OpenJpkiError) as untrusted:
        TrustedAuthority.load("signing-13", broken + BLOCK)
    assert untrusted.value.reason is Reason.MALFORMED_DER


def test_a_key_may_stand_before_the_certificate() -> None:
    key = b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"
    assert first_certificate(key + BLOCK, field="file").octets == DER


def test_a_block_that_can_not_be_read_is_named() -> None:
    with pytest.raises(OpenJpkiError) as refused:
        der_of(BLOCK[:200], CERTIFICATE, field="--authority")
    assert (refused.value.reason, refused.value.field) == (Reason.MALFORMED_DER, "--authority")


@pytest.mark.parametrize("order", ["le", "be"])
def test_text_in_utf_16_is_called_so(order: str) -> None:
    """As a shell on Windows writes what is sent to a file."""
    file = f"\ufeff{BLOCK.decode()}".encode(f"utf-16-{order}")
    with pytest.raises(OpenJpkiError) as refused:
        first_certificate(file, field="--authority")
    assert "UTF-16" in refused.value.message
    with pytest.raises(OpenJpkiError) as refused:
        check_signers(file, b"")
    assert "UTF-16" in refused.value.message


def test_a_request_is_left_to_the_one_that_reads_it(tmp_path: Path) -> None:
    """The values of a name in another order than DER's sets have: the engine holds that against
    nobody (ADR 21), the other reader does. So no other may stand before it."""
    der = request_in_another_order()
    with pytest.raises(ValueError, match="InvalidSetOrdering"):
        x509.load_der_x509_csr(der)
    armoured = b"".join(
        [
            b"Bag Attributes\r\n-----BEGIN NEW CERTIFICATE REQUEST-----\r\n",
            base64.encodebytes(der),
            b"-----END NEW CERTIFICATE REQUEST-----\r\n",
        ]
    )
    for octets in (der, armoured):
        (tmp_path / "file").write_bytes(octets)
        asked = request_file(tmp_path / "file")
        assert asked == der
        assert parse_csr(asked).der == der


def request_in_another_order() -> bytes:
    key = samples.key("person")
    values = [
        x509.NameAttribute(NameOID.COMMON_NAME, "a"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "b"),
    ]
    subject = x509.Name([x509.RelativeDistinguishedName(values)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, SHA256())
    first, second = (x509.Name([one]).public_bytes()[4:] for one in values)
    tbs = made.tbs_certrequest_bytes
    assert tbs.count(first + second) == 1
    changed = tbs.replace(first + second, second + first)
    signature = key.sign(changed, PKCS1v15(), SHA256())
    whole = made.public_bytes(Encoding.DER)
    return whole.replace(tbs, changed)[: -len(signature)] + signature


BROKEN = {
    "no end": b"-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n",
    "cut by the next": b"-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n" + ASKED,
    "no base64": b"-----BEGIN CERTIFICATE REQUEST-----\nM*A=\n-----END CERTIFICATE REQUEST-----\n",
    "no line": b"-----BEGIN CERTIFICATE REQUEST",
    "something else": BLOCK,
}


@pytest.mark.parametrize("octets", BROKEN.values(), ids=BROKEN)
def test_a_request_with_broken_armour_is_named(octets: bytes) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        der_of(octets, REQUEST, field="--request")
    assert (refused.value.reason, refused.value.field) == (Reason.MALFORMED_DER, "--request")


def test_the_reader_says_what_is_wrong_inside(tmp_path: Path) -> None:
    hollow = b"-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n"
    (tmp_path / "file").write_bytes(hollow)
    with pytest.raises(OpenJpkiError, match="is not a PKCS#10 request") as refused:
        parse_csr(request_file(tmp_path / "file"), field="--request")
    assert (refused.value.reason, refused.value.field) == (Reason.MALFORMED_DER, "--request")
