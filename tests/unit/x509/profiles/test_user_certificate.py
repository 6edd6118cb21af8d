"""User certificates, read back by `cryptography` and `asn1tools`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import asn1tools
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID, NameOID

from openjpki.domain.policy import AuthorityPolicy
from openjpki.errors import OpenJpkiError, Reason
from openjpki.signer_core import SoftwareKey, sign_all
from openjpki.x509.profiles.user_certificate import UserCertificateIssuer, issuer_for
from tests.support import x509_samples as samples
from tests.support.crl_samples import tokyo_certificate

if TYPE_CHECKING:
    from datetime import datetime

    from tests.unit.x509.conftest import KeyMaker

OTHER_NAMES = asn1tools.compile_string(
    """
    OtherNames DEFINITIONS EXPLICIT TAGS ::= BEGIN
    SubjectAltName ::= SEQUENCE OF [0] IMPLICIT OtherName
    OtherName ::= SEQUENCE { typeId OBJECT IDENTIFIER, value [0] UTF8String }
    END
    """,
    "der",
)
ARC = "1.2.392.200149.8.5.5."


@pytest.fixture(scope="module")
def issuer() -> UserCertificateIssuer:
    return UserCertificateIssuer(samples.constants())


@pytest.fixture(scope="module")
def certificate() -> x509.Certificate:
    return x509.load_der_x509_certificate(samples.user_certificate())


def test_basic_fields_say_what_was_asked(certificate: x509.Certificate) -> None:
    assert certificate.version is x509.Version.v3
    assert certificate.serial_number == samples.SERIAL
    assert certificate.issuer.public_bytes() == samples.AUTHORITY_NAME.public_bytes()
    assert certificate.not_valid_before_utc == samples.NOW
    assert certificate.not_valid_after_utc == samples.NOT_AFTER
    assert certificate.public_key() == samples.key("person").public_key()
    assert [(one.oid, one.value) for one in certificate.subject] == [
        (NameOID.COUNTRY_NAME, "JP"),
        (NameOID.LOCALITY_NAME, "Tokyo-to"),
        (NameOID.LOCALITY_NAME, "Chiyoda-ku"),
        (NameOID.COMMON_NAME, "202601010900000000113101001A"),
    ]
    certificate.verify_directly_issued_by(samples.authority().certificate)


def test_extensions_stand_in_the_profiles_order(certificate: x509.Certificate) -> None:
    assert [(one.oid, one.critical) for one in certificate.extensions] == [
        (ExtensionOID.KEY_USAGE, True),
        (ExtensionOID.SUBJECT_ALTERNATIVE_NAME, False),
        (ExtensionOID.CERTIFICATE_POLICIES, True),
        (ExtensionOID.ISSUER_ALTERNATIVE_NAME, False),
        (ExtensionOID.CRL_DISTRIBUTION_POINTS, False),
        (ExtensionOID.AUTHORITY_INFORMATION_ACCESS, False),
        (ExtensionOID.AUTHORITY_KEY_IDENTIFIER, False),
        (ExtensionOID.SUBJECT_KEY_IDENTIFIER, False),
    ]


def test_extensions_are_what_another_encoder_writes(certificate: x509.Certificate) -> None:
    constants = samples.constants()
    policy = x509.PolicyInformation(
        x509.ObjectIdentifier(constants.policy_oid), [constants.cps_url]
    )
    wanted: list[x509.ExtensionType] = [
        samples.key_usage(digital_signature=True, content_commitment=True),
        x509.CertificatePolicies([policy]),
        x509.IssuerAlternativeName([x509.DirectoryName(samples.AUTHORITY_NAME_JA)]),
        x509.CRLDistributionPoints(
            [
                x509.DistributionPoint(
                    full_name=[
                        x509.DirectoryName(samples.PARTITION_NAME),
                        x509.UniformResourceIdentifier("http://crl.example.jp/13101.crl"),
                    ],
                    relative_name=None,
                    reasons=None,
                    crl_issuer=None,
                )
            ]
        ),
        x509.AuthorityInformationAccess(
            [
                x509.AccessDescription(
                    AuthorityInformationAccessOID.OCSP,
                    x509.UniformResourceIdentifier("http://ocsp.example.jp/"),
                )
            ]
        ),
        x509.AuthorityKeyIdentifier(constants.authority_key_identifier, None, None),
        x509.SubjectKeyIdentifier.from_public_key(samples.key("person").public_key()),
    ]
    for value in wanted:
        found = certificate.extensions.get_extension_for_oid(value.oid).value
        assert found.public_bytes() == value.public_bytes()


def test_the_six_other_names_decode_in_their_order(certificate: x509.Certificate) -> None:
    value = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    decoded = OTHER_NAMES.decode("SubjectAltName", value.public_bytes())
    person = samples.fields()
    assert [(one["typeId"], one["value"]) for one in decoded] == [
        (ARC + "1", person.name),
        (ARC + "4", person.birth_date),
        (ARC + "3", person.sex),
        (ARC + "5", person.address),
        (ARC + "2", person.name_substitutions),
        (ARC + "6", person.address_substitutions),
    ]


def test_a_batch_is_signed_with_a_key_in_memory(issuer: UserCertificateIssuer) -> None:
    key = SoftwareKey.from_pkcs8(samples.pkcs8(samples.authority().key))
    batch = [samples.fields(serial=samples.SERIAL + place) for place in range(5)]
    for threads in (None, 1, 2):
        issued = sign_all(issuer.to_be_signed(batch), key, threads=threads)
        certificates = [x509.load_der_x509_certificate(der) for der in issued]
        assert [one.serial_number for one in certificates] == [one.serial for one in batch]
        for one in certificates:
            one.verify_directly_issued_by(samples.authority().certificate)
    assert sign_all([], key) == []


def test_a_refusal_names_its_request_in_the_batch(issuer: UserCertificateIssuer) -> None:
    """The third person's key is the authority's own."""
    batch = [samples.fields(serial=samples.SERIAL + place) for place in range(4)]
    batch[2] = replace(batch[2], spki_der=samples.spki(samples.authority().key))
    with pytest.raises(OpenJpkiError) as caught:
        issuer.to_be_signed(batch)
    error = caught.value
    assert (error.reason, error.field) == (Reason.INVALID_FIELD, "public_key")
    assert error.metadata == {"place": "2"}


def test_both_ways_make_the_same_bytes(issuer: UserCertificateIssuer) -> None:
    key = SoftwareKey.from_pkcs8(samples.pkcs8(samples.authority().key))
    assert sign_all(issuer.to_be_signed([samples.fields()]), key) == [samples.user_certificate()]


def test_the_issuer_of_a_generation_is_made_once(make_key: KeyMaker, now: datetime) -> None:
    certificate = tokyo_certificate(make_key("tokyo"), now)
    policy = AuthorityPolicy()

    def made(**changes: str) -> UserCertificateIssuer:
        asked = {"policy_oid": policy.certificate_policy_oid, "cps_url": policy.cps_uri} | changes
        return issuer_for(certificate, ocsp_url=None, signature=policy.signature_algorithm, **asked)

    assert made() is made()
    assert made(cps_url="https://other.example/cps") is not made()


def test_one_bad_request_stops_the_batch(issuer: UserCertificateIssuer) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        issuer.to_be_signed([samples.fields(), samples.fields(sex="")])
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "sex")


def test_the_check_names_what_differs(issuer: UserCertificateIssuer) -> None:
    person = samples.fields()
    (checked,) = issuer.to_be_signed([person])
    tbs = checked.octets
    assert issuer.check(person, tbs).octets == tbs
    cases: dict[str, dict[str, Any]] = {
        "serialNumber": {"serial": samples.SERIAL + 1},
        "notBefore": {"not_before": person.not_before + 1},
        "subjectAltName": {"name": "渡邊　美咲"},
        "subjectPublicKeyInfo": {"spki_der": samples.spki(samples.key("another"))},
        "cRLDistributionPoints": {"partition_url": None},
    }
    for field, changes in cases.items():
        with pytest.raises(OpenJpkiError) as refused:
            issuer.check(samples.fields(**changes), tbs)
        assert refused.value.reason is Reason.PROFILE_MISMATCH
        assert field in refused.value.message


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("serial", {"serial": 0}),
        ("serial", {"serial": -samples.SERIAL}),
        ("serial", {"serial": (1 << 63) - 1}),
        ("serial", {"serial": 1 << 159}),
        ("not_after", {"not_after": int(samples.NOT_AFTER.timestamp()) + 1}),
        ("common_name", {"common_name": "Yamada Taro"}),
        ("name", {"name": "山田\x00太郎", "name_substitutions": "00000"}),
        ("name", {"name": "山田\u202e太郎", "name_substitutions": "00000"}),
        ("birth_date", {"birth_date": "1980-02-17"}),
        ("name_substitutions", {"name_substitutions": "0100"}),
        ("address_substitutions", {"address_substitutions": "２" * 17}),
        ("public_key", {"spki_der": b"\x30\x00"}),
        ("partition", {"partition_der": b""}),
    ],
)
def test_bad_fields_are_refused_by_name(
    issuer: UserCertificateIssuer, field: str, changes: dict[str, object]
) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        issuer.to_be_signed([samples.fields(**changes)])
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, field)
    # No personal data in the text, whatever was asked.
    for value in changes.values():
        assert str(value) not in refused.value.message or value in {0, ""}


@pytest.mark.parametrize("bits", [1024, 3072])
def test_only_rsa_2048_is_certified(issuer: UserCertificateIssuer, bits: int) -> None:
    key = rsa.generate_private_key(65537, bits)
    with pytest.raises(OpenJpkiError) as refused:
        issuer.to_be_signed([samples.fields(spki_der=samples.spki(key))])
    assert refused.value.field == "public_key"


def test_bad_constants_are_refused_by_name() -> None:
    cases: dict[str, dict[str, Any]] = {
        "issuer": {"issuer_der": b"\x30\x00"},
        "policy": {"policy_oid": "policy"},
        "cps_url": {"cps_url": "javascript:alert(1)"},
        "ocsp_url": {"ocsp_url": ""},
        "authority_key_identifier": {"authority_key_identifier": b""},
    }
    for field, changes in cases.items():
        with pytest.raises(OpenJpkiError) as refused:
            UserCertificateIssuer(replace(samples.constants(), **changes))
        assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, field)
