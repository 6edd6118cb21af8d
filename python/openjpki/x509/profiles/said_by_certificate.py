"""What a user certificate says, as values for people to read (docs/profile.md section 2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from openjpki.domain.characters import REPERTOIRE, Substituted
from openjpki.domain.person import BirthDate
from openjpki.domain.stated_time import moment
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import UNREADABLE
from openjpki.x509.foreign.reading import read_certificate
from openjpki.x509.profiles.certified_person import CertifiedPerson, read_certified_person

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SaidByCertificate:
    """No ``repr``: personal data."""

    person: CertifiedPerson
    name: Substituted
    birth_date: BirthDate
    address: Substituted
    serial: int
    not_before: datetime
    not_after: datetime
    subject: str
    """RFC 4514; no personal name (docs/profile.md)."""
    issuer: str
    """RFC 4514."""
    issuer_in_japanese: str
    """O of issuerAltName."""
    policies: tuple[str, ...]
    """Dotted object identifiers."""
    cps: tuple[str, ...]
    """Addresses of what the certificate is issued under."""
    key_bits: int
    """Of the RSA modulus."""
    sha256: bytes
    """Of the certificate, 32 octets: its fingerprint."""

    def __repr__(self) -> str:
        return "SaidByCertificate(hidden)"


def said_by(der: bytes) -> SaidByCertificate:
    """What a user certificate says, whether or not it holds. Raises ``MALFORMED_DER``,
    ``TRAILING_BYTES``, ``MESSAGE_TOO_LARGE``, and ``CERTIFICATE_REFUSED`` for another than a
    user's."""
    read = read_certificate(der)
    try:
        certificate = x509.load_der_x509_certificate(der)
        extensions = certificate.extensions
        policies = extensions.get_extension_for_oid(ExtensionOID.CERTIFICATE_POLICIES).value
        other = extensions.get_extension_for_class(x509.IssuerAlternativeName).value
        subject, issuer = (
            name.rfc4514_string() for name in (certificate.subject, certificate.issuer)
        )
    except (*UNREADABLE, x509.ExtensionNotFound) as error:
        raise _refused("lacks an extension of a user's, or has one that can't be read") from error
    if not isinstance(policies, x509.CertificatePolicies):
        raise _refused("lacks an extension of a user's, or has one that can't be read")
    person = read_certified_person(certificate)
    numbers = read.key.rsa_numbers
    if numbers is None:
        raise _refused("has no RSA key")
    return SaidByCertificate(
        person=person,
        name=_text(person.name, person.name_substitutions),
        birth_date=_birth_date(person),
        address=_text(person.address, person.address_substitutions),
        serial=read.serial,
        not_before=moment(read.not_before),
        not_after=moment(read.not_after),
        subject=subject,
        issuer=issuer,
        issuer_in_japanese="".join(
            str(each.value)
            for name in other.get_values_for_type(x509.DirectoryName)
            for each in name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        ),
        policies=tuple(one.policy_identifier.dotted_string for one in policies),
        cps=tuple(
            text
            for one in policies
            for text in one.policy_qualifiers or ()
            if isinstance(text, str)
        ),
        key_bits=numbers[0].bit_length(),
        sha256=hashlib.sha256(der).digest(),
    )


def _text(text: str, mask: str) -> Substituted:
    if not REPERTOIRE.issuperset(text):
        raise _refused("holds a character that no user certificate does")
    try:
        return Substituted(text, mask)
    except OpenJpkiError as error:
        raise _refused("marks other characters than it holds") from error


def _birth_date(person: CertifiedPerson) -> BirthDate:
    """``EYYYYMMDD``; the era is what the rest says it is, or the certificate is none of ours."""
    rest = person.birth_date[1:]
    try:
        found = BirthDate.kept(f"{rest[:4]}-{rest[4:6]}-{rest[6:]}")
    except OpenJpkiError as error:
        raise _refused("has a date of birth that is none") from error
    if found.certified != person.birth_date:
        raise _refused("has a date of birth that is none")
    return found


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CERTIFICATE_REFUSED, rule, field="certificate")
