"""A user's certificate that this authority signed and knows nothing of any more."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from openjpki.domain.serial import serial_to_bytes
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import certificate_of
from openjpki.x509.der import UNREADABLE
from openjpki.x509.profiles.names import partition_name
from openjpki.x509.public_key import spki_of

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.generation import Generation
    from openjpki.domain.handed_over import IssuedSince
    from openjpki.services.ca.authorities.authority import Authority

_FIELD = "issued"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Regained:
    """What is to be kept of it."""

    source: IssuedSince
    serial: bytes
    generation: int
    partition: str
    key_fingerprint: bytes
    not_before: datetime
    not_after: datetime

    def __repr__(self) -> str:
        return "Regained(hidden)"


def regain_certificate(authority: Authority, source: IssuedSince) -> Regained:
    """Read it, if one of the authority's own keys signed it: then what it says was checked before.

    Raises ``PROFILE_MISMATCH``, with nothing of the certificate's content.
    """
    try:
        certificate = x509.load_der_x509_certificate(source.certificate)
        issuer = _issuer_of(authority, certificate)
        partition = _partition_of(authority, source, certificate)
        spki = spki_of(certificate)
    except UNREADABLE as error:
        raise _mismatch("a certificate that can't be read") from error
    return Regained(
        source=source,
        serial=serial_to_bytes(certificate.serial_number),
        generation=issuer.number,
        partition=partition,
        key_fingerprint=hashlib.sha256(spki).digest(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def _issuer_of(authority: Authority, certificate: x509.Certificate) -> Generation:
    for generation in authority.generations:
        try:
            certificate.verify_directly_issued_by(certificate_of(generation))
        except (InvalidSignature, ValueError, TypeError):
            continue
        return generation
    raise _mismatch("a certificate that none of this authority's keys signed")


def _partition_of(authority: Authority, source: IssuedSince, certificate: x509.Certificate) -> str:
    """The certificate says by name whose list it is on; the municipality has a few of them."""
    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    stated = {
        name.value.public_bytes()
        for point in points
        for name in point.full_name or ()
        if isinstance(name, x509.DirectoryName)
    }
    for partition in authority.policy.partitions.of(source.municipality):
        if partition_name(authority.name, partition.text).public_bytes() in stated:
            return partition.text
    raise _mismatch("a certificate that is on no list of its municipality")


def _mismatch(what: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.PROFILE_MISMATCH, f"holds {what}", field=_FIELD)
