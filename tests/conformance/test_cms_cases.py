"""CMS containers of other programs that were judged wrongly once, with the right value."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.cms import check_signature

CASES = Path(__file__).parent / "data" / "cms"
SIGNER = x509.load_pem_x509_certificate((CASES / "signer.pem").read_bytes())


@pytest.mark.parametrize(
    "name",
    [
        "0-control",
        "1-ber-indefinite-length",
        "2-sid-issuer-printablestring",
        "3-extra-attribute-certificate",
        "4-signed-attributes-9KiB",
    ],
)
def test_good_signatures_are_good(name: str) -> None:
    """RFC 5652 5.1 to 5.3, RFC 5280 7.1."""
    content = (CASES / "content.txt").read_bytes()
    facts = check_signature((CASES / f"{name}.p7s").read_bytes(), content)
    assert facts.signer_certificate == SIGNER.public_bytes(Encoding.DER)


def test_an_unreadable_certificate_beside_the_signers_is_nobodys_concern() -> None:
    """RFC 5652 10.2.3."""
    container = (CASES / "ess" / "extra-unreadable-certificate.p7s").read_bytes()
    facts = check_signature(container, (CASES / "ess" / "document").read_bytes())
    assert len(facts.other_certificates) >= 1


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("issuer-serial-of-another", "signingCertificate"),
        ("algorithm-protection-mismatch", "CMSAlgorithmProtection"),
    ],
)
def test_attributes_that_contradict_the_signature_refuse_it(name: str, rule: str) -> None:
    """RFC 5035 5.4, RFC 6211 section 3."""
    with pytest.raises(OpenJpkiError) as refused:
        check_signature(
            (CASES / "ess" / f"{name}.p7s").read_bytes(),
            (CASES / "ess" / "document").read_bytes(),
        )
    assert refused.value.reason is Reason.SIGNED_ATTRIBUTES_REFUSED
    assert rule in refused.value.message
