"""An authority, a person and a responder of real keys, for tests of certificates and signatures.

Made with `cryptography`, so that what the compiled module writes is judged by another program.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from openjpki.signer_core import SoftwareKey
from openjpki.x509.profiles.user_certificate import (
    AuthorityConstants,
    UserCertificateFields,
    UserCertificateIssuer,
)

NOW = datetime(2026, 1, 1, 0, 0, 0, tzinfo=UTC)
NOT_AFTER = datetime(2028, 12, 31, 14, 59, 59, tzinfo=UTC)
SERIAL = 0x5A_0123456789ABCDEF0123456789ABCDEF


def name(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in attributes])


AUTHORITY_NAME = name(
    (NameOID.COUNTRY_NAME, "JP"),
    (NameOID.ORGANIZATION_NAME, "OpenJPKI"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "OpenJPKI for digital signature"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "Governor of Tokyo"),
)
AUTHORITY_NAME_JA = name(
    (NameOID.COUNTRY_NAME, "JP"),
    (NameOID.ORGANIZATION_NAME, "オープン公的個人認証"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "東京都知事"),
)
PARTITION_NAME = x509.Name([*AUTHORITY_NAME.rdns, *name((NameOID.COMMON_NAME, "13101 CRLDP")).rdns])


@dataclass(frozen=True)
class Holder:
    """A private key and its certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


def spki(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def pkcs8(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@cache
def key(label: str) -> rsa.RSAPrivateKey:
    """One RSA 2048 key per label and session."""
    del label
    return rsa.generate_private_key(65537, 2048)


@cache
def authority() -> Holder:
    own = key("authority")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(AUTHORITY_NAME)
        .issuer_name(AUTHORITY_NAME)
        .serial_number(SERIAL - 1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=3650))
        .public_key(own.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .sign(own, hashes.SHA256())
    )
    return Holder(own, certificate)


@cache
def responder() -> Holder:
    own, ca = key("responder"), authority()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(
            x509.Name([*AUTHORITY_NAME.rdns, *name((NameOID.COMMON_NAME, "Responder")).rdns])
        )
        .issuer_name(AUTHORITY_NAME)
        .serial_number(SERIAL + 1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=30))
        .public_key(own.public_key())
        .add_extension(key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()),
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .sign(ca.key, hashes.SHA256())
    )
    return Holder(own, certificate)


def key_usage(**used: bool) -> x509.KeyUsage:
    """Only what is named ``True``; a bit of another name is a ``TypeError``."""
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**(dict.fromkeys(names, False) | used))


@cache
def constants() -> AuthorityConstants:
    identifier = authority().certificate.extensions.get_extension_for_class(
        x509.SubjectKeyIdentifier
    )
    return AuthorityConstants(
        issuer_der=AUTHORITY_NAME.public_bytes(),
        issuer_spki_der=spki(authority().key),
        authority_key_identifier=identifier.value.digest,
        policy_oid="1.2.392.200149.99.1.1",
        cps_url="http://repository.example.jp/cps",
        issuer_alt_name_der=AUTHORITY_NAME_JA.public_bytes(),
        ocsp_url="http://ocsp.example.jp/",
    )


def fields(**changes: Any) -> UserCertificateFields:
    """A made-up resident's certificate; keyword arguments replace fields."""
    sample = UserCertificateFields(
        serial=SERIAL,
        not_before=int(NOW.timestamp()),
        not_after=int(NOT_AFTER.timestamp()),
        prefecture="Tokyo-to",
        municipality="Chiyoda-ku",
        common_name="202601010900000000113101001A",
        spki_der=spki(key("person")),
        name="渡邉　美咲",
        birth_date="319800217",
        sex="2",
        address="東京都千代田区霞が関二丁目１番２号",
        name_substitutions="01000",
        address_substitutions="0" * 17,
        partition_der=PARTITION_NAME.public_bytes(),
        partition_url="http://crl.example.jp/13101.crl",
    )
    return replace(sample, **changes)


def user_certificate(person: UserCertificateFields | None = None) -> bytes:
    """DER of a person's certificate, signed by the authority's key."""
    (checked,) = UserCertificateIssuer(constants()).to_be_signed([person or fields()])
    return checked.sign(SoftwareKey.from_pkcs8(pkcs8(authority().key)))


def pem(der: bytes) -> bytes:
    certificate = x509.load_der_x509_certificate(der)
    return certificate.public_bytes(serialization.Encoding.PEM)
