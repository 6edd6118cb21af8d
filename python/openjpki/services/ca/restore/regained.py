"""A user's certificate that this authority signed and knows nothing of any more."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki import signer_core
from openjpki.domain.serial import serial_to_bytes
from openjpki.domain.stated_time import moment
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.reading import read_certificate
from openjpki.x509.foreign.stated import is_issued_by
from openjpki.x509.profiles.names import partition_name

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.generation import Generation
    from openjpki.domain.handed_over import IssuedSince
    from openjpki.services.ca.authorities.authority import Authority
    from openjpki.signer_core import PathCertificate

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
        certificate = read_certificate(source.certificate, field=_FIELD)
    except OpenJpkiError as error:
        raise _mismatch("a certificate that can't be read") from error
    return Regained(
        source=source,
        serial=serial_to_bytes(certificate.serial),
        generation=_issuer_of(authority, certificate).number,
        partition=_partition_of(authority, source, certificate),
        key_fingerprint=hashlib.sha256(certificate.public_key).digest(),
        not_before=moment(certificate.not_before),
        not_after=moment(certificate.not_after),
    )


def _issuer_of(authority: Authority, certificate: PathCertificate) -> Generation:
    for generation in authority.generations:
        if is_issued_by(certificate, read_certificate(generation.certificate)):
            return generation
    raise _mismatch("a certificate that none of this authority's keys signed")


def _partition_of(authority: Authority, source: IssuedSince, certificate: PathCertificate) -> str:
    """The certificate says by name whose list it is on; the municipality has a few of them."""
    for partition in authority.policy.partitions.of(source.municipality):
        name = partition_name(authority.name, partition.text).public_bytes()
        if any(signer_core.same_name(name, one) for one in certificate.point_names):
            return partition.text
    raise _mismatch("a certificate that is on no list of its municipality")


def _mismatch(what: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.PROFILE_MISMATCH, f"holds {what}", field=_FIELD)
