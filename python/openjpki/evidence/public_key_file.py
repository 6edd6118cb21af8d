"""A public key that statements are verified by, from a file that somebody was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.public_key import StatementPublicKey

if TYPE_CHECKING:
    from pathlib import Path


def public_key_of(file: Path, *, field: str) -> StatementPublicKey:
    """As `openjpki authority receipt-key` writes it, PEM. Raises ``INVALID_FIELD``."""
    try:
        key = serialization.load_pem_public_key(file.read_bytes())
    except OSError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"{file.name} can't be read: {error.strerror}", field=field
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"{file.name} is no public key in PEM", field=field
        ) from error
    spki = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    try:
        return StatementPublicKey.parse(spki)
    except OpenJpkiError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"{file.name} {error.message}", field=field
        ) from error
