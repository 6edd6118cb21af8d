"""The self-signed certificate of a governor's authority."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.profiles import engine, names
from openjpki.x509.profiles.authority import asked
from openjpki.x509.profiles.authority_profile import AuthorityProfile
from openjpki.x509.profiles.engine import ProfileKind
from tests.support.made_certificates import make_authority_certificate

if TYPE_CHECKING:
    from tests.support.memory_key import MemoryKey
    from tests.unit.x509.conftest import KeyMaker


def to_be_signed(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).tbs_certificate_bytes


@pytest.fixture
def profile(now: datetime) -> AuthorityProfile:
    return AuthorityProfile(
        name=names.authority_name("Tokyo"),
        alternative_name=names.authority_name_ja("東京都"),
        serial=0x7FEDCBA9876543210F,
        not_before=now,
    )


def test_certificate_is_as_the_profile_says(profile: AuthorityProfile, make_key: KeyMaker) -> None:
    key = make_key("tokyo")
    certificate = x509.load_der_x509_certificate(make_authority_certificate(profile, key))
    certificate.verify_directly_issued_by(certificate)
    assert certificate.version is x509.Version.v3
    assert certificate.serial_number == profile.serial
    assert certificate.subject == certificate.issuer
    assert certificate.subject.rfc4514_string() == (
        "OU=Governor of Tokyo,OU=OpenJPKI for digital signature,O=OpenJPKI,C=JP"
    )
    assert [(extension.oid._name, extension.critical) for extension in certificate.extensions] == [
        ("keyUsage", True),
        ("basicConstraints", True),
        ("subjectAltName", False),
        ("cRLDistributionPoints", False),
        ("subjectKeyIdentifier", False),
    ]
    (alternative,) = certificate.extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    ).value
    assert "東京都知事" in alternative.value.rfc4514_string()


def test_ten_years(profile: AuthorityProfile, make_key: KeyMaker) -> None:
    certificate = x509.load_der_x509_certificate(
        make_authority_certificate(profile, make_key("tokyo"))
    )
    assert certificate.not_valid_before_utc == datetime(2025, 4, 1, tzinfo=UTC)
    assert certificate.not_valid_after_utc == datetime(2035, 3, 31, 23, 59, 59, tzinfo=UTC)


def test_leap_day_ends_on_the_last_of_february(profile: AuthorityProfile) -> None:
    born = replace(profile, not_before=datetime(2028, 2, 29, tzinfo=UTC))
    assert born.not_after == datetime(2038, 2, 28, 23, 59, 59, tzinfo=UTC)


def test_issuer_strings_are_utf8_but_the_country(
    profile: AuthorityProfile, make_key: KeyMaker
) -> None:
    certificate = x509.load_der_x509_certificate(
        make_authority_certificate(profile, make_key("tokyo"))
    )
    types = [attribute._type.name for attribute in certificate.issuer]
    assert types == ["PrintableString", "UTF8String", "UTF8String", "UTF8String"]


@pytest.mark.parametrize("serial", [0, -1, 1 << 159])
def test_serial_range(profile: AuthorityProfile, make_key: KeyMaker, serial: int) -> None:
    with pytest.raises(OpenJpkiError) as caught:
        make_authority_certificate(replace(profile, serial=serial), make_key("tokyo"))
    assert caught.value.field == "serial"


def test_naive_time_is_refused(profile: AuthorityProfile, make_key: KeyMaker) -> None:
    naive = profile.not_before.replace(tzinfo=None)
    with pytest.raises(OpenJpkiError) as caught:
        make_authority_certificate(replace(profile, not_before=naive), make_key("tokyo"))
    assert caught.value.field == "not_before"


def changes(
    profile: AuthorityProfile, key: MemoryKey
) -> dict[str, tuple[bytes, AuthorityProfile, bytes]]:
    certificate = make_authority_certificate(profile, key)
    return {
        "serial": (certificate, replace(profile, serial=profile.serial + 1), key.spki_der),
        "issuer": (certificate, replace(profile, name=names.authority_name("Osaka")), key.spki_der),
        "validity": (certificate, replace(profile, years=9), key.spki_der),
        "subjectAltName": (
            certificate,
            replace(profile, alternative_name=names.authority_name_ja("大阪府")),
            key.spki_der,
        ),
    }


@pytest.mark.parametrize("what", ["serial", "issuer", "validity", "subjectAltName"])
def test_profile_check_sees_each_difference(
    profile: AuthorityProfile, make_key: KeyMaker, what: str
) -> None:
    der, other, spki = changes(profile, make_key("tokyo"))[what]
    with pytest.raises(OpenJpkiError) as caught:
        engine.check(ProfileKind.AUTHORITY, asked(other, spki), to_be_signed(der))
    assert caught.value.reason is Reason.PROFILE_MISMATCH


def test_profile_check_sees_another_key(profile: AuthorityProfile, make_key: KeyMaker) -> None:
    der = make_authority_certificate(profile, make_key("tokyo"))
    with pytest.raises(OpenJpkiError) as caught:
        engine.check(
            ProfileKind.AUTHORITY, asked(profile, make_key("osaka").spki_der), to_be_signed(der)
        )
    assert caught.value.reason is Reason.PROFILE_MISMATCH
    assert "subjectPublicKeyInfo" in caught.value.message


def test_profile_check_sees_an_extra_extension(
    profile: AuthorityProfile, make_key: KeyMaker
) -> None:
    key = make_key("tokyo")
    good = x509.load_der_x509_certificate(make_authority_certificate(profile, key))
    builder = x509.CertificateBuilder(
        issuer_name=good.issuer,
        subject_name=good.subject,
        public_key=good.public_key(),
        serial_number=good.serial_number,
        not_valid_before=good.not_valid_before_utc,
        not_valid_after=good.not_valid_after_utc,
    )
    for extension in good.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    builder = builder.add_extension(x509.InhibitAnyPolicy(0), critical=True)
    der = builder.sign(key.private, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    with pytest.raises(OpenJpkiError) as caught:
        engine.check(ProfileKind.AUTHORITY, asked(profile, key.spki_der), to_be_signed(der))
    assert caught.value.reason is Reason.PROFILE_MISMATCH
    assert "extensions" in caught.value.message
