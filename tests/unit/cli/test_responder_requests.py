"""The file in which a replica's machine asks for its responders' keys."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.cli.responder import requests_in
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from tests.support import x509_samples as samples


def request(common_name: str) -> x509.CertificateSigningRequest:
    subject = samples.name((x509.NameOID.COMMON_NAME, common_name))
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(subject)
        .sign(samples.key("person"), SHA256())
    )


ASKED = [request(f"OCSP responder {one}") for one in ("signing-13", "authentication-47", "bridge")]
FILE = b"".join(one.public_bytes(Encoding.PEM) for one in ASKED)


@pytest.mark.parametrize("file", [FILE, b"\xef\xbb\xbfmade today\n" + FILE.replace(b"\n", b"\r\n")])
def test_each_request_says_for_which_authority_it_is(file: bytes) -> None:
    names = ("signing-13", "authentication-47", "bridge")
    assert requests_in(file) == [
        (AuthorityId.parse(name), one.public_bytes(Encoding.DER))
        for name, one in zip(names, ASKED, strict=True)
    ]


@pytest.mark.parametrize(
    "file",
    [
        b"",
        ASKED[0].public_bytes(Encoding.DER),
        FILE.replace(b"-----END CERTIFICATE REQUEST-----", b"", 1),
        FILE + request("OCSP responder signing-48").public_bytes(Encoding.PEM),
        FILE + request("signing-13").public_bytes(Encoding.PEM),
        FILE + b"-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n",
    ],
    ids=["empty", "DER", "one without an end", "no authority", "another name", "no request"],
)
def test_another_file_is_refused_as_a_whole(file: bytes) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        requests_in(file)
    assert (refused.value.reason, refused.value.field) == (Reason.MALFORMED_DER, "REQUESTS")
