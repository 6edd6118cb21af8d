"""Which revocation list speaks of a user's certificate."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.scope import Covers, issuing_distribution_point_der
from openjpki.x509.der import UNREADABLE
from openjpki.x509.profiles.names import partition_name

_TEXT = r"[0-9]{5}(?:-[0-9]{1,3})?"
_LABEL = re.compile(rf"({_TEXT}) CRLDP")
"""The last name of a partition's DN (docs/profile.md section 7)."""


@dataclass(frozen=True, slots=True)
class Partition:
    """Of one authority's users, as a certificate's cRLDistributionPoints names it."""

    text: str
    """By which its list is asked for: a municipal code, in large cities with a number."""
    scope_der: bytes
    """issuingDistributionPoint that its list must have."""


def partition_of(certificate: x509.Certificate) -> Partition | None:
    """None for a certificate that names no partition in the way of the profile."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (*UNREADABLE, x509.ExtensionNotFound):
        return None
    for point in points:
        if point.reasons is not None or point.crl_issuer is not None:
            continue
        for name in point.full_name or ():
            if isinstance(name, x509.DirectoryName):
                labels = name.value.get_attributes_for_oid(NameOID.COMMON_NAME)
                named = _LABEL.fullmatch(str(labels[-1].value)) if labels else None
                if named is not None:
                    scope = issuing_distribution_point_der(name.value, Covers.USERS)
                    return Partition(named[1], scope)
    return None


def is_partition(text: str) -> bool:
    """Whether it has the form of a partition's name."""
    return re.fullmatch(_TEXT, text, re.ASCII) is not None


def partition_below(authority: x509.Name, text: str) -> Partition:
    """An authority's partition of this name, as :func:`partition_of` finds it in a certificate.

    Raises ``INVALID_FIELD`` for what is no name of one.
    """
    if not is_partition(text):
        raise OpenJpkiError(Reason.INVALID_FIELD, "is no partition", field="partition")
    point = partition_name(authority, text)
    return Partition(text, issuing_distribution_point_der(point, Covers.USERS))


def partition_named(certificate: bytes, serial: bytes) -> str | None:
    """Which one a user's certificate, DER, names; None where it can't be read, names none, or is
    another one than that of this serial number."""
    try:
        read = x509.load_der_x509_certificate(certificate)
        if read.serial_number != int.from_bytes(serial, "big"):
            return None
        named = partition_of(read)
    except UNREADABLE:
        return None
    return None if named is None else named.text
