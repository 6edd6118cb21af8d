"""The other authority of a cross-certification: its DN, its key, the proof that it holds it."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import UNREADABLE
from openjpki.x509.foreign import certificate as foreign_certificate
from openjpki.x509.foreign.csr import parse_csr
from openjpki.x509.foreign.key_rules import AUTHORITY_KEYS
from openjpki.x509.public_key import load_rsa_spki
from openjpki.x509.signature_hash import has_accepted_hash


@dataclass(frozen=True, slots=True)
class Partner:
    """An authority to be cross-certified."""

    name: x509.Name
    spki_der: bytes
    key_id: bytes
    """As the partner's own certificates state it, so that its issued certificates are found."""
    modulus: int
    exponent: int


def partner_from_csr(der: bytes, *, field: str = "csr") -> Partner:
    """From a PKCS#10 request. Raises what :func:`parse_csr` raises, and ``INVALID_FIELD``."""
    request = parse_csr(der, rule=AUTHORITY_KEYS, authority=True, field=field)
    if not request.subject.rdns:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must name its subject", field=field)
    return Partner(
        name=request.subject,
        spki_der=request.spki_der,
        key_id=request.key_id,
        modulus=request.modulus,
        exponent=request.exponent,
    )


def partner_from_certificate(der: bytes, *, field: str = "certificate") -> Partner:
    """From the partner's self-signed authority certificate, whose signature proves possession.

    Raises ``MALFORMED_DER``, ``TRAILING_BYTES``, ``KEY_*``, ``CROSS_CERTIFICATE_REFUSED``.
    """
    certificate = foreign_certificate.load(der, field=field)
    public_key = load_rsa_spki(_spki(certificate, field), field=field)
    numbers = public_key.public_numbers()
    AUTHORITY_KEYS.check(numbers.n, numbers.e, field=field)
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        constraints = x509.BasicConstraints(ca=False, path_length=None)
    if not constraints.ca:
        raise _refused("must be an authority's certificate (CA:TRUE)", field)
    if not has_accepted_hash(certificate):
        raise _refused("must be signed with SHA-256 or longer", field)
    try:
        certificate.verify_directly_issued_by(certificate)
    except (*UNREADABLE, InvalidSignature) as error:
        raise _refused("must be self-signed, which proves possession of its key", field) from error
    return Partner(
        name=certificate.subject,
        spki_der=_spki(certificate, field),
        key_id=stated_key_id(certificate),
        modulus=numbers.n,
        exponent=numbers.e,
    )


def stated_key_id(certificate: x509.Certificate) -> bytes:
    """subjectKeyIdentifier, or the SHA-1 of the key where the certificate states none."""
    try:
        return certificate.extensions.get_extension_for_class(
            x509.SubjectKeyIdentifier
        ).value.digest
    except x509.ExtensionNotFound:
        return x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest


def _spki(certificate: x509.Certificate, field: str) -> bytes:
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm as error:
        raise OpenJpkiError(Reason.KEY_TYPE_REFUSED, "must hold an RSA key", field=field) from error
    except ValueError as error:
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "holds a key that cannot be read", field=field
        ) from error
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _refused(rule: str, field: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CROSS_CERTIFICATE_REFUSED, rule, field=field)
