"""issue: user certificates built, checked against the request and signed, on one core."""

from __future__ import annotations

import hashlib
import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from openjpki.cli.bench.rate import one_core, per_second
from openjpki.cli.bench.result import Result, Row, in_turns
from openjpki.signer_core import SoftwareKey
from openjpki.x509.names import authority_name, authority_name_ja, partition_name
from openjpki.x509.user_certificate import (
    AuthorityConstants,
    UserCertificateFields,
    UserCertificateIssuer,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_BATCH = 64
_OCTETS = 20
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


def _measure() -> list[Result]:
    with one_core():
        key = SoftwareKey.generate(2048)
        messages = [number.to_bytes(64, "big") for number in range(_BATCH)]
        issue = _issuing(key)
        value, signing = in_turns(
            lambda: per_second(issue),
            lambda: per_second(lambda: len(key.sign_batch(messages, threads=1))),
        )
        again, builder = in_turns(
            lambda: per_second(issue), lambda: per_second(_building_with_cryptography())
        )
    what = "user certificates built, checked and signed, one core, no storage"
    return [
        Result(
            id="issue",
            what=what,
            value=value,
            unit="certificates/s",
            peer="sign_batch of the same run, one core",
            peer_value=signing,
            ratio=value / signing,
            command="make bench ONLY=issue",
        ),
        Result(
            id="issue_vs_cryptography",
            what=what,
            value=again,
            unit="certificates/s",
            peer="cryptography's CertificateBuilder with the same fields",
            peer_value=builder,
            ratio=again / builder,
            command="make bench ONLY=issue",
        ),
    ]


def _issuing(key: SoftwareKey) -> Callable[[], int]:
    issuer_name = authority_name("Tokyo")
    issuer = UserCertificateIssuer(
        AuthorityConstants(
            issuer_der=issuer_name.public_bytes(),
            authority_key_identifier=hashlib.sha1(key.spki_der, usedforsecurity=False).digest(),
            policy_oid=_POLICY,
            cps_url=_CPS,
            issuer_alt_name_der=authority_name_ja("東京都").public_bytes(),
        )
    )
    spki = SoftwareKey.generate(2048).spki_der
    partition = partition_name(issuer_name, "13101").public_bytes()
    numbers = itertools.count(1 << 150)

    def issue() -> int:
        # The requests are made inside: what a caller pays in Python counts.
        batch = [_fields(next(numbers), spki, partition) for _ in range(_BATCH)]
        return len(issuer.issue(batch, key, threads=1))

    return issue


def _fields(serial: int, spki: bytes, partition: bytes) -> UserCertificateFields:
    name, birth_date, sex, address, name_mask, address_mask = _OTHER_NAMES.values()
    return UserCertificateFields(
        serial=serial,
        not_before=1_795_392_000,
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


def _building_with_cryptography() -> Callable[[], int]:
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
    begin = datetime.fromtimestamp(1_795_392_000, UTC)
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


ROW = Row("issue", "user certificates, one core", _measure)
