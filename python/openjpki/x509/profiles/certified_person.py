"""What a certificate says of a person: six otherNames, read back (docs/profile.md section 2)."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat import asn1

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import UNREADABLE

ARC = "1.2.392.200149.8.5.5"
"""The otherNames' arc, seen on today's cards."""

_FIELDS = {
    f"{ARC}.1": "name",
    f"{ARC}.4": "birth_date",
    f"{ARC}.3": "sex",
    f"{ARC}.5": "address",
    f"{ARC}.2": "name_substitutions",
    f"{ARC}.6": "address_substitutions",
}


@dataclass(frozen=True, slots=True, repr=False)
class CertifiedPerson:
    """The four attributes as certified. No ``repr``: personal data."""

    name: str
    """氏名: words, one full-width space between two."""
    birth_date: str
    """``EYYYYMMDD``, E the era's digit."""
    sex: str
    """``1`` male, ``2`` female."""
    address: str
    """住所."""
    name_substitutions: str
    """``1`` for each character that stands for another one (R2.5.4)."""
    address_substitutions: str
    """The same for the address (R2.5.5)."""

    def __repr__(self) -> str:
        return "CertifiedPerson(hidden)"


def read_certified_person(certificate: x509.Certificate) -> CertifiedPerson:
    """The person a user certificate names.

    Raises ``CERTIFICATE_REFUSED`` unless subjectAltName has exactly the six otherNames, UTF-8 each.
    """
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (*UNREADABLE, x509.ExtensionNotFound) as error:
        raise _mismatch("has no readable subjectAltName") from error
    values: dict[str, str] = {}
    for name in names:
        field = (
            _FIELDS.get(name.type_id.dotted_string) if isinstance(name, x509.OtherName) else None
        )
        if field is None or field in values:
            raise _mismatch("must hold the six otherNames, each once, and nothing else")
        values[field] = _utf8(name.value)
    if len(values) != len(_FIELDS):
        raise _mismatch("must hold the six otherNames, each once, and nothing else")
    return CertifiedPerson(**values)


def _utf8(der: bytes) -> str:
    try:
        return asn1.decode_der(str, der)
    except (ValueError, TypeError) as error:
        raise _mismatch("has an otherName that is no UTF8String") from error


def _mismatch(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CERTIFICATE_REFUSED, rule, field="certificate.subjectAltName")
