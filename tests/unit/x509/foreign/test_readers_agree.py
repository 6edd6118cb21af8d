"""Where two readers still see the same octets, they say the same of them, or the door refuses.

The engine decides about everything that comes in (``signer_core/path``). ``cryptography`` looks
into certificates after that: those of the installation's own authorities, whose profiles it knows.
Thousands of changed certificates, requests and lists are read by both; what both take must be one
and the same. Seeded: a failure fails again.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from openjpki import signer_core
from openjpki.domain.stated_time import moment
from openjpki.signer_core import PathCertificate, PathCertificationRequest, PathRevocationList
from openjpki.x509.der import UNREADABLE
from openjpki_devkit.forge import der
from openjpki_devkit.forge import extensions as extension
from openjpki_devkit.forge.certificates import (
    AT,
    Certificate,
    RevocationList,
    dn,
    entry,
    name_of,
    sign,
    spki_of,
)
from tests.support import x509_samples as samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHANGED = 2500
"""Of each sample."""
_SEED = 20_260_401
_ODD_NAME = dn(("C", b"JP", 0x13), [("O", "Ｏ"), ("CN", b"\x00\x41", 0x1E)], ("CN", "own"))
_CERTIFICATES: dict[str, Callable[[], bytes]] = {
    "user's": samples.user_certificate,
    "authority's": lambda: samples.authority().der,
    "cross": lambda: Certificate(
        subject=_ODD_NAME, key="own", issuer="partner", ca=True, path_length=2,
        changes=[extension.policy_mappings((extension.POLICY, extension.POLICY + ".1"))],
    ).make(),
    "of other kinds": lambda: Certificate(
        subject="own", issuer="partner", serial=-5, not_before=der.tlv(0x18, b"19490101000000Z"),
        changes=[
            extension.extended_usage("1.3.6.1.5.5.7.3.9"),
            extension.alternative_names(extension.dns("example"), extension.directory(_ODD_NAME)),
        ],
    ).make(),
}  # fmt: skip


def changed(good: bytes, label: str) -> Iterator[bytes]:
    """One to three octets changed, left out, put in or doubled; most of them inside."""
    chance = random.Random(f"{_SEED} {label}")  # noqa: S311 - not for secrets
    yield good
    for _ in range(CHANGED):
        octets = bytearray(good)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            place = chance.randrange(len(octets))
            match chance.randrange(6):
                case 0:
                    octets[place] = chance.randrange(256)
                case 1:
                    octets[place] ^= 1 << chance.randrange(8)
                case 2:
                    # As another element's: tags and small lengths are what readers differ about.
                    octets[place] = chance.choice(
                        b"\x00\x01\x02\x03\x04\x05\x06\x0c\x13\x17\x18\x30"
                    )
                case 3:
                    octets[place] = octets[chance.randrange(len(octets))]
                case 4:
                    octets[place] = (octets[place] + chance.choice((1, 255))) % 256
                case _:
                    end = place + chance.randrange(1, 9)
                    octets[place:end] = bytes(len(octets[place:end]))
        yield bytes(octets)


def compared(what: str, ours: object, theirs: object) -> None:
    assert ours == theirs, what


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", _CERTIFICATES)
def test_certificates(kind: str) -> None:
    both = 0
    for octets in changed(_CERTIFICATES[kind](), kind):
        try:
            ours = PathCertificate.read(octets)
        except signer_core.MalformedError:
            continue
        try:
            theirs = x509.load_der_x509_certificate(octets)
            extensions = theirs.extensions
            key = theirs.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            subject, issuer = theirs.subject.public_bytes(), theirs.issuer.public_bytes()
        except UNREADABLE:
            # Nothing is lost by it: what only the engine reads is used by the engine alone.
            continue
        both += 1
        # Commands and clients have PEM taken apart by it, and pass on what it writes.
        compared("octets", theirs.public_bytes(Encoding.DER), octets)
        compared("serial", ours.serial, theirs.serial_number)
        compared("notBefore", moment(ours.not_before), theirs.not_valid_before_utc)
        compared("notAfter", moment(ours.not_after), theirs.not_valid_after_utc)
        assert signer_core.same_name(ours.subject_der, subject)
        assert signer_core.same_name(ours.issuer_der, issuer)
        if ours.key.fault is None:
            compared("key", ours.public_key, key)
        same_extensions(ours, extensions)
    # As many are taken by both as make the comparison worth something.
    assert both > CHANGED / 20


def same_extensions(ours: PathCertificate, extensions: x509.Extensions) -> None:
    """One with an extension twice, the other reader refuses."""
    stated = {one.oid: one.value for one in extensions}
    basic = stated.get(x509.BasicConstraints.oid)
    compared("cA", ours.is_authority, isinstance(basic, x509.BasicConstraints) and basic.ca)
    usage = stated.get(x509.KeyUsage.oid)
    compared("keyUsage", ours.has_key_usage, usage is not None)
    if isinstance(usage, x509.KeyUsage):
        bits = (
            usage.digital_signature, usage.content_commitment, usage.key_encipherment,
            usage.data_encipherment, usage.key_agreement, usage.key_cert_sign, usage.crl_sign,
        )  # fmt: skip
        for bit, is_set in enumerate(bits):
            compared(f"keyUsage bit {bit}", ours.key_usage_allows(bit), is_set)
    identifier = stated.get(x509.SubjectKeyIdentifier.oid)
    key_id = identifier.digest if isinstance(identifier, x509.SubjectKeyIdentifier) else None
    compared("subjectKeyIdentifier", ours.key_identifier, key_id)
    policies = stated.get(x509.CertificatePolicies.oid)
    if isinstance(policies, x509.CertificatePolicies):
        compared(
            "policies", ours.policies, [one.policy_identifier.dotted_string for one in policies]
        )
    else:
        compared("policies", ours.policies, None)
    purposes = stated.get(x509.ExtendedKeyUsage.oid)
    if isinstance(purposes, x509.ExtendedKeyUsage):
        compared("purposes", ours.extended_key_usage, [one.dotted_string for one in purposes])
    known = {
        x509.KeyUsage.oid, x509.BasicConstraints.oid, x509.SubjectAlternativeName.oid,
        x509.CertificatePolicies.oid, x509.NameConstraints.oid, x509.PolicyConstraints.oid,
        x509.ObjectIdentifier("2.5.29.33"), x509.InhibitAnyPolicy.oid, x509.ExtendedKeyUsage.oid,
        x509.CRLDistributionPoints.oid,
    }  # fmt: skip
    if any(one.critical and one.oid not in known for one in extensions):
        assert ours.fault is not None


def test_requests() -> None:
    good = sign(
        der.sequence(der.integer(0), name_of("own"), spki_of("own"), der.explicit(0)), "own"
    )
    both = 0
    for octets in changed(good, "request"):
        try:
            ours = PathCertificationRequest.read(octets)
            theirs = x509.load_der_x509_csr(octets)
            subject = theirs.subject.public_bytes()
            key = theirs.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        except (signer_core.MalformedError, *UNREADABLE):
            continue
        both += 1
        compared("octets", theirs.public_bytes(Encoding.DER), octets)
        assert signer_core.same_name(ours.subject_der, subject)
        if ours.key.fault is None:
            compared("key", ours.key.spki, key)
        if ours.possession_fault is None:
            assert theirs.is_signature_valid
            compared("only the one that was signed", octets, good)
    assert both > CHANGED / 20


def test_lists() -> None:
    reason = extension.Extension("2.5.29.21", b"\x0a\x01\x01")
    revoked = [entry(7), entry(1 << 90, reason, at=AT - timedelta(days=3)), entry(300)]
    good = RevocationList(issuer="own", revoked=revoked, number=9).make()
    both = 0
    for octets in changed(good, "list"):
        try:
            ours = PathRevocationList.read(octets)
            theirs = x509.load_der_x509_crl(octets)
            issuer = theirs.issuer.public_bytes()
            entries = {one.serial_number: one.revocation_date_utc for one in theirs}
            number = theirs.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        except (signer_core.MalformedError, x509.ExtensionNotFound, *UNREADABLE):
            continue
        both += 1
        assert signer_core.same_name(ours.issuer_der, issuer)
        compared("number", ours.number, number)
        compared("thisUpdate", moment(ours.this_update), theirs.last_update_utc)
        if ours.next_update is None:
            compared("nextUpdate", theirs.next_update_utc, None)
        else:
            compared("nextUpdate", moment(ours.next_update), theirs.next_update_utc)
        told = {serial: moment(at) for serial, at, _ in ours.listed(0, ours.entries)}
        if not ours.is_indirect:
            compared("entries", told, entries)
    assert both > CHANGED / 20
