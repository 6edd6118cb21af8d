"""PEM among other programs' text (RFC 7468 section 2); data/pem was made with throw-away keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.cli.arguments import certificate_file
from openjpki.client import TrustedAuthority
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.pem import der_of, is_pem

DATA = Path(__file__).parent / "data" / "pem"
AUTHORITY = (DATA / "authority-with-bag-attributes.pem").read_bytes()
REQUEST = (DATA / "request-with-text-before.pem").read_bytes()
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
    assert der_of(octets, x509.load_pem_x509_certificate, field="file") == DER
    (tmp_path / "file").write_bytes(octets)
    assert certificate_file(tmp_path / "file", "--authority") == DER
    trusted = TrustedAuthority.load("signing-13", octets)
    assert trusted.certificate.public_bytes(Encoding.DER) == DER


def test_a_request_is_read_with_text_before() -> None:
    der = der_of(REQUEST, x509.load_pem_x509_csr, field="--request")
    assert x509.load_der_x509_csr(der).is_signature_valid


def test_der_that_holds_the_line_of_a_block_is_der() -> None:
    holds = b"\x30\x82\x01\x00" + BLOCK
    assert not is_pem(holds)
    assert der_of(holds, x509.load_pem_x509_certificate, field="file") == holds


def test_a_block_that_can_not_be_read_is_named() -> None:
    with pytest.raises(OpenJpkiError) as refused:
        der_of(BLOCK[:200], x509.load_pem_x509_certificate, field="--authority")
    assert (refused.value.reason, refused.value.field) == (Reason.MALFORMED_DER, "--authority")
