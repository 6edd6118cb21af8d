"""Every single changed byte in what others hand in ends in a typed refusal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from openjpki.errors import OpenJpkiError
from openjpki.x509.crl.check import check_crl
from openjpki.x509.crl.encoding import CrlProfile, Revocation, RevocationColumns, make_crl
from openjpki.x509.crl.scope import Covers, issuing_distribution_point_der
from openjpki.x509.foreign.csr import parse_csr
from openjpki.x509.foreign.partner import partner_from_certificate
from openjpki.x509.foreign.received_cross import check_received_cross_certificate
from openjpki.x509.profiles import names
from openjpki.x509.profiles.authority_profile import AuthorityProfile
from openjpki.x509.profiles.cross_profile import CrossProfile
from tests.support.made_certificates import make_authority_certificate, make_cross_certificate

if TYPE_CHECKING:
    from tests.unit.x509.conftest import KeyMaker

SIGNATURE_OCTETS = 256

Readers: TypeAlias = dict[str, tuple[bytes, Callable[[bytes], object]]]
"""What is read -> (bytes that pass, the reader)."""


@pytest.fixture
def readers(make_key: KeyMaker, now: datetime) -> Readers:
    def authority(prefecture: str) -> bytes:
        profile = AuthorityProfile(
            name=names.authority_name(prefecture),
            alternative_name=names.authority_name_ja("東京都"),
            serial=1 << 64,
            not_before=now,
        )
        return make_authority_certificate(profile, make_key(prefecture))

    tokyo, osaka = authority("Tokyo"), authority("Osaka")
    received = make_cross_certificate(
        CrossProfile(
            serial=1 << 65, not_before=now, not_after=now + timedelta(days=9), policies=("1.2.3.4",)
        ),
        partner_from_certificate(tokyo),
        osaka,
        make_key("Osaka"),
    )
    crl, _ = make_crl(
        CrlProfile(
            number=1,
            this_update=now,
            next_update=now + timedelta(days=2),
            scope_der=issuing_distribution_point_der(
                names.authority_name("Osaka"), Covers.AUTHORITIES
            ),
        ),
        RevocationColumns.of([Revocation(77, now, 1)]),
        osaka,
        make_key("Osaka").core,
    )
    csr = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(names.authority_name("Kyoto"))
        .add_extension(
            x509.SubjectAlternativeName([x509.DirectoryName(names.authority_name("Kyoto"))]),
            critical=False,
        )
        .sign(make_key("Kyoto").private, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    return {
        "partner": (osaka, partner_from_certificate),
        "received": (
            received,
            lambda der: check_received_cross_certificate(der, own=tokyo, partner=osaka),
        ),
        "crl": (crl, lambda der: check_crl(der, osaka)),
        "csr": (csr, parse_csr),
    }


@pytest.mark.parametrize("what", ["partner", "received", "crl", "csr"])
def test_no_changed_byte_passes_or_escapes(readers: Readers, what: str) -> None:
    good, read = readers[what]
    read(good)
    # How many bits of the signature's last octet count is not signed, and says nothing.
    unsigned = len(good) - SIGNATURE_OCTETS - 1
    for position, byte in enumerate(good):
        for value in {0x00, 0x01, 0x30, 0xFF, byte ^ 1, byte ^ 0x80} - {byte}:
            changed = good[:position] + bytes([value]) + good[position + 1 :]
            try:
                read(changed)
            except OpenJpkiError:
                continue
            assert position == unsigned
