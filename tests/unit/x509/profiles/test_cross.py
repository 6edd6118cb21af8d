"""Cross certificates: made, compared with the agreement, received."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.partner import Partner, partner_from_certificate, partner_from_csr
from openjpki.x509.foreign.received_cross import check_received_cross_certificate
from openjpki.x509.profiles import names
from openjpki.x509.profiles.authority_profile import AuthorityProfile
from openjpki.x509.profiles.cross import check_cross, cross_to_sign
from openjpki.x509.profiles.cross_profile import CrossProfile, NameSpace
from tests.support.made_certificates import make_authority_certificate, make_cross_certificate

if TYPE_CHECKING:
    from tests.support.made_certificates import HasCore
    from tests.unit.x509.conftest import KeyMaker

DER = serialization.Encoding.DER
OURS = "1.2.392.100300.1.1"
THEIRS = "1.2.392.100300.2.1"


class Change(TypedDict, total=False):
    """Fields of the agreement that a test changes."""

    serial: int
    policies: tuple[str, ...]
    mappings: tuple[tuple[str, str], ...]
    inhibit_mapping: bool
    path_length: int | None
    cps_uri: str | None
    crl_uri: str | None
    names: NameSpace | None


def authority(prefecture: str, key: HasCore, now: datetime) -> bytes:
    return make_authority_certificate(
        AuthorityProfile(
            name=names.authority_name(prefecture),
            alternative_name=names.authority_name_ja(prefecture),
            serial=1 << 64,
            not_before=now,
        ),
        key,
    )


@pytest.fixture
def tokyo(make_key: KeyMaker, now: datetime) -> bytes:
    return authority("Tokyo", make_key("tokyo"), now)


@pytest.fixture
def bridge(make_key: KeyMaker, now: datetime) -> bytes:
    return authority("Bridge", make_key("bridge"), now)


@pytest.fixture
def profile(now: datetime) -> CrossProfile:
    return CrossProfile(
        serial=0x9234567890ABCDEF,
        not_before=now,
        not_after=now + timedelta(days=365),
        policies=(OURS,),
        mappings=((OURS, THEIRS),),
        cps_uri="http://repository.example/cps",
    )


def make(profile: CrossProfile, bridge: bytes, tokyo: bytes, make_key: KeyMaker) -> bytes:
    return make_cross_certificate(
        profile, partner_from_certificate(bridge), tokyo, make_key("tokyo")
    )


def test_certificate_is_as_the_profile_says(
    profile: CrossProfile, bridge: bytes, tokyo: bytes, make_key: KeyMaker
) -> None:
    der = make(profile, bridge, tokyo, make_key)
    certificate = x509.load_der_x509_certificate(der)
    assert [(extension.oid._name, extension.critical) for extension in certificate.extensions] == [
        ("keyUsage", True),
        ("basicConstraints", True),
        ("certificatePolicies", True),
        ("policyMappings", False),
        ("policyConstraints", True),
        ("cRLDistributionPoints", False),
        ("authorityKeyIdentifier", False),
        ("subjectKeyIdentifier", False),
    ]
    # The same bytes, read by another library.
    read = asn1_x509.Certificate.load(der)
    assert read.policy_mappings_value.native == [
        {"issuer_domain_policy": OURS, "subject_domain_policy": THEIRS}
    ]
    assert read.policy_constraints_value.native == {
        "require_explicit_policy": 0,
        "inhibit_policy_mapping": None,
    }
    assert read.key_identifier == asn1_x509.Certificate.load(bridge).key_identifier
    assert read.authority_key_identifier == asn1_x509.Certificate.load(tokyo).key_identifier
    assert read.max_path_length is None


def test_last_hop(profile: CrossProfile, bridge: bytes, tokyo: bytes, make_key: KeyMaker) -> None:
    last = replace(profile, mappings=(), inhibit_mapping=True, path_length=0)
    read = asn1_x509.Certificate.load(make(last, bridge, tokyo, make_key))
    assert read.max_path_length == 0
    assert read.policy_constraints_value["inhibit_policy_mapping"].native == 0
    assert read.policy_mappings_value is None


def test_name_constraints_where_policy_says_so(
    profile: CrossProfile, bridge: bytes, tokyo: bytes, make_key: KeyMaker
) -> None:
    space = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "JP")])
    limited = replace(profile, names=NameSpace(permitted=(space,)))
    certificate = x509.load_der_x509_certificate(make(limited, bridge, tokyo, make_key))
    extension = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert extension.critical
    assert extension.value.permitted_subtrees is not None
    assert [name.value for name in extension.value.permitted_subtrees] == [space]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"policies": ()}, "policies"),
        ({"policies": (OURS, OURS)}, "policies"),
        ({"policies": ("2.5.29.32.0",), "mappings": ()}, "policies"),
        ({"policies": ("not.an.oid",), "mappings": ()}, "policies"),
        ({"mappings": ((THEIRS, OURS),)}, "policy_mappings"),
        ({"mappings": ((OURS, "2.5.29.32.0"),)}, "policy_mappings"),
        ({"path_length": -1}, "path_length"),
        ({"names": NameSpace()}, "names"),
    ],
)
def test_unfit_agreements_are_refused(
    profile: CrossProfile,
    bridge: bytes,
    tokyo: bytes,
    make_key: KeyMaker,
    change: Change,
    field: str,
) -> None:
    with pytest.raises(OpenJpkiError) as caught:
        make(replace(profile, **change), bridge, tokyo, make_key)
    assert caught.value.field == field


def test_not_longer_than_the_issuer(
    profile: CrossProfile, bridge: bytes, tokyo: bytes, make_key: KeyMaker, now: datetime
) -> None:
    late = replace(profile, not_after=now + timedelta(days=4000))
    with pytest.raises(OpenJpkiError) as caught:
        make(late, bridge, tokyo, make_key)
    assert caught.value.field == "not_after"


def test_an_authority_does_not_cross_certify_itself(
    profile: CrossProfile, tokyo: bytes, make_key: KeyMaker
) -> None:
    with pytest.raises(OpenJpkiError) as caught:
        make(profile, tokyo, tokyo, make_key)
    assert caught.value.reason is Reason.CROSS_CERTIFICATE_REFUSED


@pytest.mark.parametrize(
    "change",
    [
        {"policies": (OURS, THEIRS)},
        {"mappings": ()},
        {"mappings": ((OURS, OURS),)},
        {"inhibit_mapping": True},
        {"path_length": 0},
        {"cps_uri": None},
        {"names": NameSpace(excluded=(names.authority_name("Osaka"),))},
        {"crl_uri": "http://repository.example/arl"},
        {"serial": 1 << 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_profile_check_sees_each_difference(
    profile: CrossProfile,
    bridge: bytes,
    tokyo: bytes,
    make_key: KeyMaker,
    change: Change,
) -> None:
    partner = partner_from_certificate(bridge)
    tbs = cross_to_sign(profile, partner, tokyo).octets
    assert check_cross(tbs, profile, partner, tokyo).octets == tbs
    with pytest.raises(OpenJpkiError) as caught:
        check_cross(tbs, replace(profile, **change), partner, tokyo)
    assert caught.value.reason is Reason.PROFILE_MISMATCH


def test_partner_from_a_request(profile: CrossProfile, tokyo: bytes, make_key: KeyMaker) -> None:
    name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Government")])
    csr = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(make_key("bridge").private, hashes.SHA256())
        .public_bytes(DER)
    )
    der = make_cross_certificate(profile, partner_from_csr(csr), tokyo, make_key("tokyo"))
    assert x509.load_der_x509_certificate(der).subject == name


def foreign(
    key: rsa.RSAPrivateKey, signer: rsa.RSAPrivateKey | None = None, *, ca: bool = True
) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "foreign")])
    start = x509.CertificateBuilder(
        subject_name=name, issuer_name=name, public_key=key.public_key(), serial_number=3
    )
    return (
        start.not_valid_before(datetime(2025, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2030, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(signer or key, hashes.SHA256())
        .public_bytes(DER)
    )


def test_partner_certificates_that_are_refused(make_key: KeyMaker) -> None:
    key, other = make_key("one").private, make_key("two").private
    cases = {
        foreign(key, ca=False): Reason.CROSS_CERTIFICATE_REFUSED,
        foreign(key, other): Reason.CROSS_CERTIFICATE_REFUSED,
        foreign(rsa.generate_private_key(65537, 1024)): Reason.KEY_SIZE_REFUSED,  # noqa: S505
        foreign(rsa.generate_private_key(3, 2048)): Reason.KEY_EXPONENT_REFUSED,
        foreign(key) + b"\x00": Reason.TRAILING_BYTES,
        foreign(key)[:-1]: Reason.MALFORMED_DER,
    }
    for der, reason in cases.items():
        with pytest.raises(OpenJpkiError) as caught:
            partner_from_certificate(der)
        assert caught.value.reason is reason


def test_received_certificate_is_for_us_and_from_the_partner(
    profile: CrossProfile, bridge: bytes, tokyo: bytes, make_key: KeyMaker
) -> None:
    from_bridge = make_cross_certificate(
        profile, partner_from_certificate(tokyo), bridge, make_key("bridge")
    )
    check_received_cross_certificate(from_bridge, own=tokyo, partner=bridge)
    to_bridge = make(profile, bridge, tokyo, make_key)
    for wrong in (to_bridge, bridge, tokyo):
        with pytest.raises(OpenJpkiError) as caught:
            check_received_cross_certificate(wrong, own=tokyo, partner=bridge)
        assert caught.value.reason is Reason.CROSS_CERTIFICATE_REFUSED


def test_received_certificate_signed_by_an_impostor(
    profile: CrossProfile, bridge: bytes, tokyo: bytes, make_key: KeyMaker, now: datetime
) -> None:
    impostor = authority("Bridge", make_key("impostor"), now)
    from_impostor = make_cross_certificate(
        profile, partner_from_certificate(tokyo), impostor, make_key("impostor")
    )
    with pytest.raises(OpenJpkiError) as caught:
        check_received_cross_certificate(from_impostor, own=tokyo, partner=bridge)
    assert caught.value.reason is Reason.CROSS_CERTIFICATE_REFUSED


def test_partner_keeps_the_key_identifier_it_states(bridge: bytes) -> None:
    partner = partner_from_certificate(bridge)
    assert isinstance(partner, Partner)
    assert partner.key_id == asn1_x509.Certificate.load(bridge).key_identifier
