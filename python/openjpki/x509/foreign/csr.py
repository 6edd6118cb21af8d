"""Reading PKCS#10 requests (RFC 2986) from the window and from partner authorities.

Nothing of a request gets into a certificate except its key: names and extensions come from the
application and the profile. So whatever asks for more is refused rather than ignored.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import PublicKeyAlgorithmOID

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import UNREADABLE, members, require_single_value
from openjpki.x509.foreign.key_rules import USER_KEYS, KeyRule
from openjpki.x509.signature_hash import has_accepted_hash

if TYPE_CHECKING:
    from typing import NoReturn

MAX_CSR_BYTES = 16 * 1024

_RSA_ENCRYPTION = PublicKeyAlgorithmOID.RSAES_PKCS1_v1_5.dotted_string


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """A request whose signature proves possession of an acceptable key."""

    spki_der: bytes
    """SubjectPublicKeyInfo, DER."""
    key_id: bytes
    """SHA-1 of the key's BIT STRING, 20 bytes (RFC 5280 4.2.1.2)."""
    fingerprint: bytes
    """SHA-256 of ``spki_der``, 32 bytes: what keys are compared and found again by."""
    subject: x509.Name
    """As written by the requester; proves nothing."""
    modulus: int
    exponent: int


def parse_csr(
    der: bytes,
    *,
    rule: KeyRule = USER_KEYS,
    authority: bool = False,
    field: str = "csr",
) -> CertificateRequest:
    """Parse DER, check the key and then the proof of possession.

    ``authority`` allows a request for an authority's certificate (cross-certification), which is
    otherwise refused. Weak keys are for :mod:`openjpki.x509.foreign.weak_keys`. Raises
    ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER``, ``TRAILING_BYTES``, ``KEY_TYPE_REFUSED``,
    ``KEY_SIZE_REFUSED``, ``KEY_EXPONENT_REFUSED``, ``CSR_SIGNATURE_INVALID``,
    ``CSR_ASKS_FOR_AUTHORITY``.
    """
    require_single_value(der, field=field, max_bytes=MAX_CSR_BYTES)
    try:
        request = x509.load_der_x509_csr(der)
        subject = request.subject
    except UNREADABLE as error:
        raise _malformed(field) from error
    modulus, exponent = _key_numbers(request, field)
    # Before the key is used for anything: an enormous one would cost us, an even exponent is
    # refused by the library without a reason that could be told apart.
    rule.check(modulus, exponent, field=field)
    public_key = _public_key(request, field)
    _check_possession(request, field)
    if not authority and _asks_for_authority(request, field):
        raise OpenJpkiError(
            Reason.CSR_ASKS_FOR_AUTHORITY,
            "must not ask for CA:TRUE, keyCertSign or cRLSign",
            field=field,
        )
    spki_der = public_key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return CertificateRequest(
        spki_der=spki_der,
        key_id=x509.SubjectKeyIdentifier.from_public_key(public_key).digest,
        fingerprint=hashlib.sha256(spki_der).digest(),
        subject=subject,
        modulus=modulus,
        exponent=exponent,
    )


@asn1.sequence
class _Numbers:
    """RSAPublicKey (RFC 8017 A.1.1)."""

    modulus: int
    exponent: int


def _key_numbers(request: x509.CertificateSigningRequest, field: str) -> tuple[int, int]:
    """Of the key, also of one that the library would not make a key of."""
    try:
        # version, subject, subjectPKInfo, attributes; in the third: algorithm, subjectPublicKey.
        _, _, key_info, *_ = members(memoryview(request.tbs_certrequest_bytes))
        algorithm, bits = members(key_info)
        kind = asn1.decode_der(x509.ObjectIdentifier, bytes(next(members(algorithm))))
        if kind.dotted_string != _RSA_ENCRYPTION:
            _refuse_type(field)
        key = asn1.decode_der(asn1.BitString, bytes(bits))
        numbers = asn1.decode_der(_Numbers, key.as_bytes())
    except (ValueError, TypeError, StopIteration) as error:
        raise _malformed(field) from error
    if key.padding_bits() or numbers.modulus <= 0:
        raise _malformed(field)
    return numbers.modulus, numbers.exponent


def _public_key(request: x509.CertificateSigningRequest, field: str) -> rsa.RSAPublicKey:
    try:
        key = request.public_key()
    except ValueError as error:
        raise _malformed(field) from error
    except UnsupportedAlgorithm:
        _refuse_type(field)
    if not isinstance(key, rsa.RSAPublicKey):
        _refuse_type(field)
    return key


def _refuse_type(field: str) -> NoReturn:
    raise OpenJpkiError(Reason.KEY_TYPE_REFUSED, "must hold an RSA key", field=field) from None


def _check_possession(request: x509.CertificateSigningRequest, field: str) -> None:
    try:
        valid = has_accepted_hash(request) and request.is_signature_valid
    except (UnsupportedAlgorithm, ValueError):
        valid = False
    if not valid:
        raise OpenJpkiError(
            Reason.CSR_SIGNATURE_INVALID,
            "must be signed by the key it holds, with SHA-256 or longer",
            field=field,
        )


def _asks_for_authority(request: x509.CertificateSigningRequest, field: str) -> bool:
    try:
        extensions = request.extensions
    except UNREADABLE as error:
        raise _malformed(field) from error
    for extension in extensions:
        value = extension.value
        if isinstance(value, x509.BasicConstraints) and value.ca:
            return True
        if isinstance(value, x509.KeyUsage) and (value.key_cert_sign or value.crl_sign):
            return True
    return False


def _malformed(field: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.MALFORMED_DER, "is not a PKCS#10 request", field=field)
