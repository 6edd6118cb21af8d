"""The delegated OCSP responder's certificate."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from openjpki.errors import OpenJpkiError, Reason
from openjpki.signer_core import SignerError
from openjpki.x509.profiles import names
from openjpki.x509.profiles.authority_profile import AuthorityProfile
from openjpki.x509.profiles.responder_profile import ResponderProfile
from tests.support.made_certificates import make_authority_certificate, make_responder_certificate

if TYPE_CHECKING:
    from tests.support.memory_key import MemoryKey
    from tests.unit.x509.conftest import KeyMaker


@pytest.fixture
def authority(make_key: KeyMaker, now: datetime) -> bytes:
    profile = AuthorityProfile(
        name=names.authority_name("Tokyo"),
        alternative_name=names.authority_name_ja("東京都"),
        serial=(1 << 64) + 77,
        not_before=now,
    )
    return make_authority_certificate(profile, make_key("tokyo"))


@pytest.fixture
def profile(make_key: KeyMaker, now: datetime) -> ResponderProfile:
    return ResponderProfile(
        name=names.responder_name(names.authority_name("Tokyo")),
        spki_der=make_key("responder").spki_der,
        serial=(1 << 64) + 78,
        not_before=now,
        lifetime=timedelta(days=30),
    )


def test_certificate_only_answers_status(
    authority: bytes, profile: ResponderProfile, make_key: KeyMaker
) -> None:
    der = make_responder_certificate(profile, authority, make_key("tokyo"))
    certificate = x509.load_der_x509_certificate(der)
    issuer = x509.load_der_x509_certificate(authority)
    certificate.verify_directly_issued_by(issuer)
    extensions = certificate.extensions
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.OCSP_SIGNING
    ]
    assert extensions.get_extension_for_class(x509.OCSPNoCheck)
    assert (
        extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        == issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    )
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert not usage.key_cert_sign
    assert not usage.crl_sign
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=30)


def refusal(profile: ResponderProfile, authority: bytes, key: MemoryKey) -> OpenJpkiError:
    with pytest.raises(OpenJpkiError) as caught:
        make_responder_certificate(profile, authority, key)
    return caught.value


def test_authoritys_own_key_is_refused(
    authority: bytes, profile: ResponderProfile, make_key: KeyMaker
) -> None:
    own = replace(profile, spki_der=make_key("tokyo").spki_der)
    assert refusal(own, authority, make_key("tokyo")).reason is Reason.KEY_OF_AUTHORITY


def test_another_authoritys_key_cannot_sign(
    authority: bytes, profile: ResponderProfile, make_key: KeyMaker
) -> None:
    with pytest.raises(SignerError, match="issuer"):
        make_responder_certificate(profile, authority, make_key("osaka"))


@pytest.mark.parametrize("days", [0, -1, 91])
def test_lifetime_is_short_and_positive(
    authority: bytes, profile: ResponderProfile, make_key: KeyMaker, days: int
) -> None:
    changed = replace(profile, lifetime=timedelta(days=days))
    assert refusal(changed, authority, make_key("tokyo")).reason is Reason.INVALID_FIELD


def test_responder_ends_before_its_authority(
    authority: bytes, profile: ResponderProfile, make_key: KeyMaker, now: datetime
) -> None:
    late = replace(profile, not_before=now + timedelta(days=3640))
    assert refusal(late, authority, make_key("tokyo")).field == "lifetime"
