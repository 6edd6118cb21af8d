"""Only what the engine has checked can be signed, once; another builder's mistake is found."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.signing_key import CoreSigningKey
from openjpki.services.common.metered_key import MeteredKey
from openjpki.signer_core import CheckedTbs, SignerError
from openjpki.x509.foreign.partner import partner_from_certificate
from openjpki.x509.profiles import authority, engine, names, responder
from openjpki.x509.profiles.authority import authority_to_sign
from openjpki.x509.profiles.authority_profile import AuthorityProfile
from openjpki.x509.profiles.cross import check_cross, cross_to_sign
from openjpki.x509.profiles.cross_profile import CrossProfile, NameSpace
from openjpki.x509.profiles.engine import Issuer, ProfileKind, build_request
from openjpki.x509.profiles.link import LinkProfile, new_with_old_to_sign, old_with_new_to_sign
from openjpki.x509.profiles.responder import responder_to_sign
from openjpki.x509.profiles.responder_profile import ResponderProfile
from openjpki.x509.public_key import load_rsa_spki
from tests.support import reference_certificates as reference

if TYPE_CHECKING:
    from tests.support.memory_key import MemoryKey
    from tests.unit.x509.conftest import KeyMaker

OURS, THEIRS, OTHERS = "1.2.392.100300.1.1", "1.2.392.100300.2.1", "1.2.392.100300.3.1"
TOKYO, OSAKA = names.authority_name("Tokyo"), names.authority_name("Osaka")
SERIAL = 0x9A << 72

Alter: TypeAlias = Callable[[reference.Extensions], reference.Extensions]


class Kind:
    """One kind of certificate: built by the engine, written by another program, checked."""

    def __init__(
        self,
        build: Callable[[], CheckedTbs],
        written: Callable[[Alter], bytes],
        check: Callable[[bytes], CheckedTbs],
    ) -> None:
        self.build, self.written, self.check = build, written, check


def authority_profile(prefecture: str, now: datetime) -> AuthorityProfile:
    return AuthorityProfile(
        name=names.authority_name(prefecture),
        alternative_name=names.authority_name_ja("東京都"),
        serial=SERIAL,
        not_before=now,
    )


@pytest.fixture
def key(make_key: KeyMaker) -> MemoryKey:
    return make_key("tokyo")


@pytest.fixture
def tokyo(key: MemoryKey, now: datetime) -> bytes:
    return authority_to_sign(authority_profile("Tokyo", now), key.spki_der).sign(key.core)


@pytest.fixture
def kinds(make_key: KeyMaker, key: MemoryKey, now: datetime, tokyo: bytes) -> dict[str, Kind]:
    own = authority_profile("Tokyo", now)
    cross = CrossProfile(
        serial=SERIAL + 1,
        not_before=now,
        not_after=now + timedelta(days=365),
        policies=(OURS,),
        mappings=((OURS, THEIRS),),
        names=NameSpace(permitted=(names.authority_name("Bridge"),)),
        crl_uri="http://repository.example/arl",
    )
    bridge = make_key("bridge")
    partner = partner_from_certificate(
        authority_to_sign(authority_profile("Bridge", now), bridge.spki_der).sign(bridge.core)
    )
    responding = ResponderProfile(
        name=names.responder_name(TOKYO),
        spki_der=make_key("responder").spki_der,
        serial=SERIAL + 2,
        not_before=now,
        lifetime=timedelta(days=30),
    )
    return {
        "authority": Kind(
            lambda: authority_to_sign(own, key.spki_der),
            lambda alter: reference.authority_tbs(own, key.spki_der, alter),
            lambda tbs: engine.check(
                ProfileKind.AUTHORITY, authority.asked(own, key.spki_der), tbs
            ),
        ),
        "cross": Kind(
            lambda: cross_to_sign(cross, partner, tokyo),
            lambda alter: reference.cross_tbs(cross, partner, tokyo, alter),
            lambda tbs: check_cross(tbs, cross, partner, tokyo),
        ),
        "responder": Kind(
            lambda: responder_to_sign(responding, tokyo),
            lambda alter: reference.responder_tbs(responding, tokyo, alter),
            lambda tbs: engine.check(
                ProfileKind.RESPONDER, responder.asked(responding, Issuer.of(tokyo)), tbs
            ),
        ),
    }


KINDS = ["authority", "cross", "responder"]


def refused_field(check: Callable[[bytes], CheckedTbs], tbs: bytes) -> str:
    with pytest.raises(OpenJpkiError) as caught:
        check(tbs)
    assert caught.value.reason is Reason.PROFILE_MISMATCH
    return f"{caught.value.field} {caught.value.message}"


@pytest.mark.parametrize("name", KINDS)
def test_another_program_writes_the_same_octets(kinds: dict[str, Kind], name: str) -> None:
    kind = kinds[name]
    written = kind.written(reference.unaltered)
    assert kind.build().octets == written
    assert kind.check(written).octets == written


def test_another_program_writes_the_same_links(make_key: KeyMaker, now: datetime) -> None:
    def generation(label: str) -> bytes:
        own = make_key(label)
        return authority_to_sign(authority_profile("Tokyo", now), own.spki_der).sign(own.core)

    old, new = generation("old"), generation("new")
    link = LinkProfile(serial=SERIAL, not_before=now, not_after=now + timedelta(days=1800))
    assert new_with_old_to_sign(link, old=old, new=new).octets == reference.link_tbs(
        link, subject=new, issuer=old
    )
    assert old_with_new_to_sign(link, old=old, new=new).octets == reference.link_tbs(
        link, subject=old, issuer=new
    )


def replaced(value: x509.ExtensionType) -> Alter:
    """What a builder with a mistake in one extension makes."""
    return lambda extensions: [
        (value, critical) if one.oid == value.oid else (one, critical)
        for one, critical in extensions
    ]


CROSS_MISTAKES: dict[str, x509.ExtensionType] = {
    "keyUsage": reference.ANSWERS,
    "basicConstraints": x509.BasicConstraints(ca=False, path_length=None),
    "certificatePolicies": reference.certificate_policies((OURS, OTHERS)),
    "policyMappings": reference.policy_mappings(((OURS, OTHERS),)),
    "policyConstraints": x509.PolicyConstraints(
        require_explicit_policy=1, inhibit_policy_mapping=None
    ),
    "nameConstraints": x509.NameConstraints(
        permitted_subtrees=[x509.DirectoryName(OSAKA)], excluded_subtrees=None
    ),
    "cRLDistributionPoints": reference.distribution_point(
        TOKYO,
        "http://repository.example/arl",
        reasons=frozenset({x509.ReasonFlags.key_compromise}),
    ),
    "authorityKeyIdentifier": x509.AuthorityKeyIdentifier(bytes(20), None, None),
    "subjectKeyIdentifier": x509.SubjectKeyIdentifier(bytes(20)),
}
RESPONDER_MISTAKES: dict[str, x509.ExtensionType] = {
    "keyUsage": reference.CERTIFICATES_AND_LISTS,
    "extendedKeyUsage": x509.ExtendedKeyUsage(
        [ExtendedKeyUsageOID.OCSP_SIGNING, ExtendedKeyUsageOID.CLIENT_AUTH]
    ),
    "authorityKeyIdentifier": x509.AuthorityKeyIdentifier(bytes(20), None, None),
    "subjectKeyIdentifier": x509.SubjectKeyIdentifier(bytes(20)),
}
AUTHORITY_MISTAKES: dict[str, x509.ExtensionType] = {
    "keyUsage": reference.ANSWERS,
    "subjectKeyIdentifier": x509.SubjectKeyIdentifier(bytes(20)),
    "cRLDistributionPoints": reference.distribution_point(
        TOKYO, crl_issuer=[x509.DirectoryName(OSAKA)]
    ),
}


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        (name, field, value)
        for name, mistakes in (
            ("cross", CROSS_MISTAKES),
            ("responder", RESPONDER_MISTAKES),
            ("authority", AUTHORITY_MISTAKES),
        )
        for field, value in mistakes.items()
    ],
)
def test_wrong_extension_is_named(
    kinds: dict[str, Kind], name: str, field: str, value: x509.ExtensionType
) -> None:
    wrong = kinds[name].written(replaced(value))
    assert field in refused_field(kinds[name].check, wrong)


@pytest.mark.parametrize("name", KINDS)
def test_missing_moved_added_or_otherwise_critical_extension(
    kinds: dict[str, Kind], name: str
) -> None:
    kind = kinds[name]
    count: list[int] = []

    def counted(all_: reference.Extensions) -> reference.Extensions:
        count.append(len(all_))
        return all_

    kind.written(counted)
    for place in range(count[0]):
        for alter in (_left_out(place), _marked_otherwise(place), _moved(place)):
            assert "extensions" in refused_field(kind.check, kind.written(alter))
    extra = (x509.InhibitAnyPolicy(0), True)
    assert "extensions" in refused_field(kind.check, kind.written(lambda all_: [*all_, extra]))


def _left_out(place: int) -> Alter:
    return lambda all_: [*all_[:place], *all_[place + 1 :]]


def _marked_otherwise(place: int) -> Alter:
    def alter(all_: reference.Extensions) -> reference.Extensions:
        value, critical = all_[place]
        return [*all_[:place], (value, not critical), *all_[place + 1 :]]

    return alter


def _moved(place: int) -> Alter:
    def alter(all_: reference.Extensions) -> reference.Extensions:
        rest = [*all_[:place], *all_[place + 1 :]]
        return [*rest, all_[place]] if place + 1 < len(all_) else [all_[place], *rest]

    return alter


def test_mappings_that_cannot_be_read(kinds: dict[str, Kind]) -> None:
    wrong = x509.UnrecognizedExtension(ExtensionOID.POLICY_MAPPINGS, b"\x30\x01")
    tbs = kinds["cross"].written(replaced(wrong))
    assert "policyMappings" in refused_field(kinds["cross"].check, tbs)


def test_algorithm_that_would_not_sign(kinds: dict[str, Kind]) -> None:
    """It is named among the signed bytes too, where a signature of another kind would lie."""
    certificate = asn1_x509.TbsCertificate.load(kinds["responder"].build().octets)
    certificate["signature"] = {"algorithm": "sha512_rsa"}
    tbs = certificate.dump(force=True)
    assert "signature" in refused_field(kinds["responder"].check, tbs)


@pytest.mark.parametrize("spoil", [lambda _: b"", lambda tbs: tbs[:-1], lambda tbs: tbs + b"\0"])
def test_bytes_that_are_no_certificate(
    kinds: dict[str, Kind], spoil: Callable[[bytes], bytes]
) -> None:
    refused_field(kinds["responder"].check, spoil(kinds["responder"].build().octets))


@pytest.mark.parametrize("name", KINDS)
def test_what_was_compared_is_what_is_signed(
    kinds: dict[str, Kind], key: MemoryKey, name: str
) -> None:
    checked = kinds[name].build()
    tbs = checked.octets
    certificate = x509.load_der_x509_certificate(checked.sign(key.core))
    assert certificate.tbs_certificate_bytes == tbs
    parameters = certificate.signature_algorithm_parameters
    assert isinstance(parameters, padding.PKCS1v15)
    load_rsa_spki(key.spki_der).verify(certificate.signature, tbs, parameters, hashes.SHA256())


def test_the_signing_step_takes_nothing_but_what_was_checked(
    kinds: dict[str, Kind], key: MemoryKey
) -> None:
    metered = MeteredKey(CoreSigningKey("authority/13/1", key.core))
    tbs = kinds["responder"].build().octets
    # mypy reports the comments below as unused should plain bytes ever be allowed.
    with pytest.raises(TypeError):
        metered.sign(tbs)  # type: ignore[arg-type]

    class LooksChecked:
        octets = tbs

        def sign(self, _key: object) -> bytes:
            return b""

    with pytest.raises(TypeError):
        metered.sign(LooksChecked())  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        CheckedTbs()
    assert metered.sign(kinds["responder"].build())


def test_what_was_checked_is_signed_once(kinds: dict[str, Kind], key: MemoryKey) -> None:
    metered = MeteredKey(CoreSigningKey("authority/13/1", key.core))
    checked = kinds["responder"].build()
    tbs = checked.octets
    metered.sign(checked)
    with pytest.raises(OpenJpkiError) as caught:
        metered.sign(checked)
    assert caught.value.reason is Reason.INTERNAL
    with pytest.raises(SignerError):
        _ = checked.octets
    # Only through the check can the same bytes be signed again.
    assert metered.sign(kinds["responder"].check(tbs))


def test_another_key_can_not_sign_what_was_checked(
    kinds: dict[str, Kind], make_key: KeyMaker
) -> None:
    for kind in kinds.values():
        checked = kind.build()
        with pytest.raises(SignerError):
            checked.sign(make_key("osaka").core)
        with pytest.raises(SignerError):
            # It was given to a key: whatever came of it, it is spent.
            checked.sign(make_key("tokyo").core)


def test_what_was_checked_is_not_copied(kinds: dict[str, Kind]) -> None:
    checked = kinds["authority"].build()
    for multiply in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            multiply(checked)


@pytest.mark.parametrize("authority", [True, False])
def test_own_request_is_what_another_program_writes(key: MemoryKey, *, authority: bool) -> None:
    builder = x509.CertificateSigningRequestBuilder().subject_name(TOKYO)
    if authority:
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
    theirs = builder.sign(key.private, hashes.SHA256())
    made = build_request(TOKYO, key.spki_der, authority=authority).sign(key.core)
    ours = x509.load_der_x509_csr(made)
    assert ours.tbs_certrequest_bytes == theirs.tbs_certrequest_bytes
    assert ours.is_signature_valid
