"""A mistake of a builder is found in the bytes to be signed: no key is used for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509.oid import ExtendedKeyUsageOID

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.partner import partner_from_certificate
from openjpki.x509.profiles import building, cross, names, responder, to_be_signed
from openjpki.x509.profiles.authority import make_authority_certificate
from openjpki.x509.profiles.authority_profile import AuthorityProfile
from openjpki.x509.profiles.cross import cross_certificate_to_sign, make_cross_certificate
from openjpki.x509.profiles.cross_profile import CrossProfile, NameSpace
from openjpki.x509.profiles.policies import (
    POLICY_MAPPINGS_OID,
    certificate_policies,
    policy_mappings,
)
from openjpki.x509.profiles.responder import (
    make_responder_certificate,
    responder_certificate_to_sign,
)
from openjpki.x509.profiles.responder_profile import ResponderProfile
from openjpki.x509.signing import SigningKey, load_rsa_spki

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from tests.unit.x509.conftest import KeyMaker

OURS, THEIRS, OTHERS = "1.2.392.100300.1.1", "1.2.392.100300.2.1", "1.2.392.100300.3.1"
OSAKA = names.authority_name("Osaka")
ANOTHER_KEY_ID = x509.SubjectKeyIdentifier(bytes(20))


class CountingKey:
    """A real key that tells how often it signed."""

    def __init__(self, key: SigningKey) -> None:
        self.key, self.used = key, 0

    @property
    def spki_der(self) -> bytes:
        return self.key.spki_der

    def sign(self, message: bytes) -> bytes:
        self.used += 1
        return self.key.sign(message)


class Maker(Protocol):
    """Makes a certificate; without a key, the bytes that would be signed."""

    def __call__(self, key: SigningKey | None = None) -> bytes: ...


@pytest.fixture
def signer(make_key: KeyMaker) -> CountingKey:
    return CountingKey(make_key("tokyo"))


def self_signed(prefecture: str, key: SigningKey, now: datetime) -> bytes:
    profile = AuthorityProfile(
        name=names.authority_name(prefecture),
        alternative_name=names.authority_name_ja("東京都"),
        serial=77,
        not_before=now,
    )
    return make_authority_certificate(profile, key)


@pytest.fixture
def tokyo(make_key: KeyMaker, now: datetime) -> bytes:
    return self_signed("Tokyo", make_key("tokyo"), now)


@pytest.fixture
def make_cross(make_key: KeyMaker, now: datetime, tokyo: bytes) -> Maker:
    """Both ways to a cross certificate; the one without a key ends before the signature."""
    profile = CrossProfile(
        serial=78,
        not_before=now,
        not_after=now + timedelta(days=365),
        policies=(OURS,),
        mappings=((OURS, THEIRS),),
        names=NameSpace(permitted=(names.authority_name("Bridge"),)),
        crl_uri="http://repository.example/arl",
    )
    partner = partner_from_certificate(self_signed("Bridge", make_key("bridge"), now))

    def make(key: SigningKey | None = None) -> bytes:
        if key is None:
            return cross_certificate_to_sign(profile, partner, tokyo)
        return make_cross_certificate(profile, partner, tokyo, key)

    return make


@pytest.fixture
def make_responder(make_key: KeyMaker, now: datetime, tokyo: bytes) -> Maker:
    profile = ResponderProfile(
        name=names.responder_name(names.authority_name("Tokyo")),
        spki_der=make_key("responder").spki_der,
        serial=79,
        not_before=now,
        lifetime=timedelta(days=30),
    )

    def make(key: SigningKey | None = None) -> bytes:
        if key is None:
            return responder_certificate_to_sign(profile, tokyo)
        return make_responder_certificate(profile, tokyo, key)

    return make


@pytest.fixture
def make_authority(now: datetime) -> Callable[[SigningKey], bytes]:
    return lambda key: self_signed("Tokyo", key, now)


def refused_unsigned(make: Callable[[SigningKey], bytes], signer: CountingKey) -> str | None:
    with pytest.raises(OpenJpkiError) as caught:
        make(signer)
    assert caught.value.reason is Reason.PROFILE_MISMATCH
    assert signer.used == 0
    return caught.value.field


def altered(
    extensions: list[tuple[x509.ExtensionType, bool]],
    oid: x509.ObjectIdentifier,
    value: x509.ExtensionType | None = None,
    *,
    critical: bool | None = None,
) -> list[tuple[x509.ExtensionType, bool]]:
    """What a builder with a mistake in one extension makes; left out without a value."""
    changed = []
    for one, was in extensions:
        if one.oid != oid:
            changed.append((one, was))
        elif value is not None or critical is not None:
            changed.append((value or one, was if critical is None else critical))
    assert changed != list(extensions)
    return changed


def wrong_point(
    *,
    reasons: frozenset[x509.ReasonFlags] | None = None,
    crl_issuer: Sequence[x509.GeneralName] | None = None,
) -> x509.CRLDistributionPoints:
    here = [x509.DirectoryName(names.authority_name("Tokyo"))]
    return x509.CRLDistributionPoints([x509.DistributionPoint(here, None, reasons, crl_issuer)])


CROSS_MISTAKES = {
    "keyUsage": building.responder_key_usage(),
    "basicConstraints": x509.BasicConstraints(ca=False, path_length=None),
    "certificatePolicies": certificate_policies((OURS, OTHERS)),
    "policyMappings": policy_mappings(((OURS, OTHERS),), (OURS,)),
    "policyConstraints": x509.PolicyConstraints(
        require_explicit_policy=1, inhibit_policy_mapping=None
    ),
    "nameConstraints": x509.NameConstraints(
        permitted_subtrees=[x509.DirectoryName(OSAKA)], excluded_subtrees=None
    ),
    "cRLDistributionPoints": wrong_point(reasons=frozenset({x509.ReasonFlags.key_compromise})),
    "authorityKeyIdentifier": x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
        ANOTHER_KEY_ID
    ),
    "subjectKeyIdentifier": ANOTHER_KEY_ID,
}


@pytest.mark.parametrize("name", CROSS_MISTAKES)
def test_wrong_extension_of_a_cross_certificate(
    monkeypatch: pytest.MonkeyPatch, make_cross: Maker, signer: CountingKey, name: str
) -> None:
    right, wrong = cross._extensions, CROSS_MISTAKES[name]
    make_cross(signer)
    assert signer.used == 1
    signer.used = 0
    monkeypatch.setattr(
        cross, "_extensions", lambda *asked: altered(right(*asked), wrong.oid, wrong)
    )
    assert refused_unsigned(make_cross, signer) == name
    with pytest.raises(OpenJpkiError) as caught:
        make_cross()
    assert caught.value.reason is Reason.PROFILE_MISMATCH


RESPONDER_MISTAKES = {
    "keyUsage": building.authority_key_usage(),
    "extendedKeyUsage": x509.ExtendedKeyUsage(
        [ExtendedKeyUsageOID.OCSP_SIGNING, ExtendedKeyUsageOID.CLIENT_AUTH]
    ),
    "authorityKeyIdentifier": x509.AuthorityKeyIdentifier(
        x509.SubjectKeyIdentifier(bytes(20)).digest, None, None
    ),
    "subjectKeyIdentifier": ANOTHER_KEY_ID,
}


@pytest.mark.parametrize("name", RESPONDER_MISTAKES)
def test_wrong_extension_of_a_responder(
    monkeypatch: pytest.MonkeyPatch, make_responder: Maker, signer: CountingKey, name: str
) -> None:
    right, wrong = responder._extensions, RESPONDER_MISTAKES[name]
    make_responder(signer)
    assert signer.used == 1
    signer.used = 0
    monkeypatch.setattr(
        responder, "_extensions", lambda *asked: altered(right(*asked), wrong.oid, wrong)
    )
    assert refused_unsigned(make_responder, signer) == name
    with pytest.raises(OpenJpkiError) as caught:
        make_responder()
    assert caught.value.reason is Reason.PROFILE_MISMATCH


@pytest.mark.parametrize(
    ("room", "way", "oid", "critical"),
    [
        (cross, "make_cross", x509.PolicyConstraints.oid, None),
        (cross, "make_cross", x509.BasicConstraints.oid, False),
        (responder, "make_responder", x509.OCSPNoCheck.oid, None),
        (responder, "make_responder", x509.ExtendedKeyUsage.oid, True),
    ],
)
def test_missing_extension_or_other_criticality(
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    signer: CountingKey,
    room: ModuleType,
    way: str,
    oid: x509.ObjectIdentifier,
    critical: bool | None,
) -> None:
    make, right = request.getfixturevalue(way), room._extensions
    monkeypatch.setattr(
        room, "_extensions", lambda *asked: altered(right(*asked), oid, critical=critical)
    )
    assert refused_unsigned(make, signer) == "extensions"


@pytest.mark.parametrize(
    ("seam", "wrong", "field"),
    [
        ("authority_key_usage", building.responder_key_usage(), "keyUsage"),
        ("key_identifier", ANOTHER_KEY_ID, "subjectKeyIdentifier"),
        (
            "directory_distribution_points",
            wrong_point(crl_issuer=[x509.DirectoryName(OSAKA)]),
            "cRLDistributionPoints",
        ),
    ],
)
def test_wrong_extension_of_an_authority(
    monkeypatch: pytest.MonkeyPatch,
    make_authority: Callable[[SigningKey], bytes],
    signer: CountingKey,
    seam: str,
    wrong: x509.ExtensionType,
    field: str,
) -> None:
    monkeypatch.setattr(building, seam, lambda *_asked: wrong)
    assert refused_unsigned(make_authority, signer) == field


@pytest.mark.parametrize("way", ["make_cross", "make_responder", "make_authority"])
def test_wrong_basic_field(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, signer: CountingKey, way: str
) -> None:
    make, right = request.getfixturevalue(way), building.start
    monkeypatch.setattr(
        building,
        "start",
        lambda **fields: right(**(fields | {"not_after": fields["not_after"] + timedelta(1)})),
    )
    assert refused_unsigned(make, signer) == "validity"


def test_mappings_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, make_cross: Maker, signer: CountingKey
) -> None:
    wrong = x509.UnrecognizedExtension(POLICY_MAPPINGS_OID, b"\x30\x01")
    right = cross._extensions
    monkeypatch.setattr(
        cross, "_extensions", lambda *asked: altered(right(*asked), wrong.oid, wrong)
    )
    assert refused_unsigned(make_cross, signer) == "policyMappings"


def test_algorithm_that_would_not_sign(make_responder: Maker) -> None:
    """It is named among the signed bytes too, where a signature of another kind would lie."""
    certificate = asn1_x509.TbsCertificate.load(make_responder())
    certificate["signature"] = {"algorithm": "sha512_rsa"}
    with pytest.raises(OpenJpkiError) as caught:
        to_be_signed.parse(certificate.dump(force=True))
    assert (caught.value.reason, caught.value.field) == (Reason.PROFILE_MISMATCH, "signature")


@pytest.mark.parametrize("spoil", [lambda _: b"", lambda tbs: tbs[:-1], lambda tbs: tbs + b"\0"])
def test_bytes_that_are_no_certificate(
    make_responder: Maker, spoil: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(OpenJpkiError) as caught:
        to_be_signed.parse(spoil(make_responder()))
    assert caught.value.reason is Reason.PROFILE_MISMATCH


@pytest.mark.parametrize("way", ["make_cross", "make_responder"])
def test_what_was_compared_is_what_is_signed(
    request: pytest.FixtureRequest, signer: CountingKey, way: str
) -> None:
    make = request.getfixturevalue(way)
    tbs, der = make(), make(signer)
    assert signer.used == 1
    certificate = x509.load_der_x509_certificate(der)
    assert certificate.tbs_certificate_bytes == tbs
    assert isinstance(certificate.signature_algorithm_parameters, padding.PKCS1v15)
    load_rsa_spki(signer.spki_der).verify(
        certificate.signature, tbs, certificate.signature_algorithm_parameters, hashes.SHA256()
    )
