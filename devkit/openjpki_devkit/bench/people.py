"""What the issuing rows issue: residents' certificates, by us and by the library.

Everything in it is made up.
"""

from __future__ import annotations

import hashlib
import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from openjpki.signer_core import SoftwareKey
from openjpki.x509.profiles.names import authority_name, authority_name_ja, partition_name
from openjpki.x509.profiles.user_certificate import (
    AuthorityConstants,
    UserCertificateFields,
    UserCertificateIssuer,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_BEFORE = 1_795_392_000
_POLICY = "1.3.6.1.4.1.32473.1.1"
_CPS = "https://cps.openjpki.example/13"
_OTHER_NAMES = {
    "1.2.392.200149.8.5.5.1": "阿部　千代",
    "1.2.392.200149.8.5.5.4": "319580921",
    "1.2.392.200149.8.5.5.3": "2",
    "1.2.392.200149.8.5.5.5": "東京都千代田区飯田橋１丁目５番９号",
    "1.2.392.200149.8.5.5.2": "00000",
    "1.2.392.200149.8.5.5.6": "0" * 17,
}


def issuer_of(key: SoftwareKey) -> UserCertificateIssuer:
    """The authority whose key this is."""
    return UserCertificateIssuer(
        AuthorityConstants(
            issuer_der=authority_name("Tokyo").public_bytes(),
            issuer_spki_der=key.spki_der,
            authority_key_identifier=hashlib.sha1(key.spki_der, usedforsecurity=False).digest(),
            policy_oid=_POLICY,
            cps_url=_CPS,
            issuer_alt_name_der=authority_name_ja("東京都").public_bytes(),
        )
    )


def applications() -> Callable[[int], list[UserCertificateFields]]:
    """Makes the fields of so many certificates at each call, every serial new."""
    spki = SoftwareKey.generate(2048).spki_der
    partition = partition_name(authority_name("Tokyo"), "13101").public_bytes()
    numbers = itertools.count(1 << 150)
    return lambda count: [_fields(next(numbers), spki, partition) for _ in range(count)]


def _fields(serial: int, spki: bytes, partition: bytes) -> UserCertificateFields:
    name, birth_date, sex, address, name_mask, address_mask = _OTHER_NAMES.values()
    return UserCertificateFields(
        serial=serial,
        not_before=NOT_BEFORE,
        not_after=1_890_053_999,
        prefecture="Tokyo",
        municipality="Chiyoda-ku",
        common_name="2026112309000000001" + "13101001A",
        spki_der=spki,
        name=name,
        birth_date=birth_date,
        sex=sex,
        address=address,
        name_substitutions=name_mask,
        address_substitutions=address_mask,
        partition_der=partition,
    )


def building_with_cryptography() -> Callable[[], int]:
    """The same certificate by the library's builder, unchecked, as its users would write it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    issuer = authority_name("Tokyo")
    subject = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(x509.NameOID.LOCALITY_NAME, "Tokyo"),
            x509.NameAttribute(x509.NameOID.LOCALITY_NAME, "Chiyoda-ku"),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "202611230900000000113101001A"),
        ]
    )
    begin = datetime.fromtimestamp(NOT_BEFORE, UTC)
    numbers = itertools.count(1 << 150)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    point = x509.DistributionPoint(
        [x509.DirectoryName(partition_name(issuer, "13101"))], None, None, None
    )
    policy = x509.PolicyInformation(x509.ObjectIdentifier(_POLICY), [_CPS])

    def build() -> int:
        names = [
            x509.OtherName(x509.ObjectIdentifier(oid), _utf8(text))
            for oid, text in _OTHER_NAMES.items()
        ]
        (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(next(numbers))
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=1095))
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.CertificatePolicies([policy]), critical=True)
            .add_extension(
                x509.IssuerAlternativeName([x509.DirectoryName(authority_name_ja("東京都"))]),
                critical=False,
            )
            .add_extension(x509.CRLDistributionPoints([point]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier(
                    hashlib.sha1(spki, usedforsecurity=False).digest(), None, None
                ),
                critical=False,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(key, hashes.SHA256())
            .public_bytes(Encoding.DER)
        )
        return 1

    return build


def _utf8(text: str) -> bytes:
    encoded = text.encode()
    return bytes([0x0C, len(encoded)]) + encoded
