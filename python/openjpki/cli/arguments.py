"""Values of the command line, read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from openjpki.domain.authority import AuthorityId, AuthorityKind, all_authority_ids
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.pem import der_of

if TYPE_CHECKING:
    from pathlib import Path


def serial_number(text: str) -> bytes:
    """Hexadecimal, as certificates are printed. Raises ``INVALID_FIELD``."""
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be hexadecimal digits", field="serial"
        ) from error


def authority_id(text: str) -> AuthorityId:
    """An authority's id; a prefecture's number alone, ``13``, is short for ``signing-13``.

    Raises ``INVALID_FIELD``.
    """
    signing = f"{AuthorityKind.SIGNING}-{text}"
    short = signing in map(str, all_authority_ids())
    return AuthorityId.parse(signing if short else text, field="authority")


def certificate_file(path: Path, option: str) -> bytes:
    """A certificate's DER from a PEM or DER file. Raises ``MALFORMED_DER`` naming the option."""
    try:
        der = der_of(path.read_bytes(), x509.load_pem_x509_certificate, field=option)
        x509.load_der_x509_certificate(der)
    except (OSError, ValueError, OpenJpkiError) as error:
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "must be a file with a certificate", field=option
        ) from error
    return der


def to_pem(der: bytes) -> bytes:
    """A certificate as a text file."""
    return x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)


def public_key_pem(spki_der: bytes) -> bytes:
    """A public key as a text file."""
    return serialization.load_der_public_key(spki_der).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
