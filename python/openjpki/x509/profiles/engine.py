"""The certificate engine: what is asked of it, what it gives, and how it refuses.

Profiles, builder and check are compiled (``signer_core/formats/src/certificate``): the builder
writes what is asked, the check takes the bytes apart with another parser and compares every field
with what was asked and with the profile. Only what passed can be signed, and only once:
``CheckedTbs``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from enum import Enum
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import serialization

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import UNREADABLE, members
from openjpki.x509.native_errors import as_refusals
from openjpki.x509.public_key import load_rsa_spki, spki_of

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.signer_core import CheckedTbs

SIGNATURE = "sha256WithRSAEncryption"
"""What signs unless an authority's policy says otherwise (RFC 4055 5)."""
_UTC_TIME = 0x17


class ProfileKind(Enum):
    """The profiles, by their names in the compiled module."""

    USER = "user"
    AUTHORITY = "authority"
    LINK = "link"
    CROSS = "cross"
    RESPONDER = "responder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The values of one certificate; which of them a kind takes, its profile says.

    A value that the profile has no place for is refused. Times are seconds since 1970 UTC.
    """

    serial: bytes
    """Big-endian, unsigned."""
    issuer_der: bytes
    """``Name`` DER: the issuer certificate's subject, byte for byte."""
    issuer_spki_der: bytes
    """The issuer's key: no other may sign."""
    not_before: int
    not_after: int
    subject_der: bytes
    """``Name`` DER."""
    spki_der: bytes
    """The subject's key."""
    signature: str = SIGNATURE
    alternative_name_der: bytes | None = None
    """subjectAltName's directoryName."""
    path_length: int | None = None
    policies: tuple[str, ...] = ()
    """Dotted OIDs."""
    cps_url: str | None = None
    mappings: tuple[tuple[str, str], ...] = ()
    """(issuer's policy, subject's policy), dotted OIDs."""
    inhibit_mapping: bool = False
    name_constraints: bool = False
    """Whether there are any; then the two lists say which."""
    permitted_ders: tuple[bytes, ...] = ()
    excluded_ders: tuple[bytes, ...] = ()
    distribution_point_der: bytes | None = None
    distribution_url: str | None = None
    authority_key_identifier: bytes | None = None
    """The issuer's subjectKeyIdentifier."""
    subject_key_identifier: bytes | None = None
    """Where it is not the SHA-1 of the key but what the subject's own certificates state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is stored beside to-be-signed bytes, and what is known of their issuer."""

    serial: bytes
    issuer: Issuer
    not_before: datetime
    not_after: datetime
    key_sha256: bytes
    """SHA-256 of the subject's SubjectPublicKeyInfo."""
    distribution_point_der: bytes | None
    """``Name`` DER of the distribution point, where the kind has one."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """What a certificate repeats of its issuer's."""

    name_der: bytes
    spki_der: bytes
    key_id: bytes
    """subjectKeyIdentifier as stated, or the SHA-1 of the key where none is."""
    not_after: datetime

    @classmethod
    def of(cls, certificate: bytes | x509.Certificate) -> Issuer:
        """From its certificate. Raises ``PROFILE_MISMATCH`` when that can't be read, ``KEY_*``."""
        if isinstance(certificate, bytes):
            return _issuer(certificate)
        return _issuer(certificate.public_bytes(serialization.Encoding.DER))


@lru_cache(maxsize=256)
def _issuer(der: bytes) -> Issuer:
    try:
        certificate = x509.load_der_x509_certificate(der)
        extensions = certificate.extensions
    except UNREADABLE as error:
        raise OpenJpkiError(
            Reason.PROFILE_MISMATCH, "cannot be parsed back", field="certificate"
        ) from error
    spki_der = spki_of(certificate)
    public_key = load_rsa_spki(spki_der, field="issuer_certificate")
    try:
        key_id = extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        key_id = x509.SubjectKeyIdentifier.from_public_key(public_key).digest
    return Issuer(
        certificate.subject.public_bytes(), spki_der, key_id, certificate.not_valid_after_utc
    )


def build(kind: ProfileKind, asked: Asked) -> CheckedTbs:
    """Built, read back and compared. Raises ``INVALID_FIELD``, ``PROFILE_MISMATCH``."""
    with as_refusals("certificate"):
        return signer_core.build_certificate(kind.value, asked)


def check(kind: ProfileKind, asked: Asked, tbs: bytes) -> CheckedTbs:
    """Bytes of any origin, compared with what was asked. Raises as :func:`build`."""
    with as_refusals("certificate"):
        return signer_core.check_certificate(kind.value, asked, tbs)


def regain(kind: ProfileKind, facts: Facts, tbs: bytes) -> CheckedTbs:
    """Stored bytes, checked against what is stored beside them and against the whole profile.

    For an intent found after a crash. What no fact tells, a person's attributes, is checked for its
    shape and place. Raises ``PROFILE_MISMATCH``, ``INVALID_FIELD``.
    """
    stored = _StoredFacts(
        serial=facts.serial,
        issuer_der=facts.issuer.name_der,
        issuer_spki_der=facts.issuer.spki_der,
        issuer_key_identifier=facts.issuer.key_id,
        not_before=seconds(facts.not_before, "not_before"),
        not_after=seconds(facts.not_after, "not_after"),
        key_sha256=facts.key_sha256,
        distribution_point_der=facts.distribution_point_der,
    )
    with as_refusals("certificate"):
        return signer_core.regain_certificate(kind.value, stored, tbs)


def build_request(name: x509.Name, spki_der: bytes, *, authority: bool) -> CheckedTbs:
    """The PKCS#10 of a key of ours, for that key to sign (RFC 2986).

    An ``authority`` asks for CA:TRUE. Raises ``INVALID_FIELD``, ``PROFILE_MISMATCH``.
    """
    with as_refusals("certification_request"):
        return signer_core.build_certification_request(name.public_bytes(), spki_der, authority)


def validity_of(tbs: bytes) -> tuple[datetime, datetime]:
    """notBefore and notAfter as stored bytes state them. Raises ``PROFILE_MISMATCH``."""
    try:
        # version, serial number, signature, issuer, validity, …
        validity = next(islice(members(memoryview(tbs)), 4, 5))
        not_before, not_after = (_time(bytes(one)) for one in members(validity))
    except (ValueError, TypeError, StopIteration) as error:
        raise OpenJpkiError(
            Reason.PROFILE_MISMATCH, "cannot be parsed back", field="certificate"
        ) from error
    return not_before, not_after


def _time(der: bytes) -> datetime:
    """Of the two forms of a Time (RFC 5280 4.1.2.5). Raises ``ValueError``."""
    if der[0] == _UTC_TIME:
        return asn1.decode_der(asn1.UTCTime, der).as_datetime().replace(tzinfo=UTC)
    return asn1.decode_der(asn1.GeneralizedTime, der).as_datetime().replace(tzinfo=UTC)


def seconds(moment: datetime, field: str) -> int:
    """Seconds since 1970. Raises ``INVALID_FIELD`` unless aware and whole."""
    if moment.tzinfo is None or moment.microsecond:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "needs a time zone and whole seconds", field=field
        )
    return int(moment.astimezone(UTC).timestamp())


def octets(serial: int) -> bytes:
    """Big-endian; empty for what is no serial number, which the engine refuses by name."""
    return serial.to_bytes((serial.bit_length() + 7) // 8, "big") if serial > 0 else b""


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoredFacts:
    serial: bytes
    issuer_der: bytes
    issuer_spki_der: bytes
    issuer_key_identifier: bytes
    not_before: int
    not_after: int
    key_sha256: bytes
    distribution_point_der: bytes | None
