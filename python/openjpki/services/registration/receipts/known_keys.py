"""The public keys that the authority's receipts may be by: a folder that may change at any time."""

from __future__ import annotations

import hashlib
from threading import Lock
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.public_key import StatementPublicKey

if TYPE_CHECKING:
    from pathlib import Path

_FIELD = "registration.receipt_keys"


class KnownReceiptKeys:
    """Every ``*.pem`` of a folder, by the SHA-256 of its SubjectPublicKeyInfo."""

    def __init__(self, folder: Path) -> None:
        """Read them. Raises ``INVALID_FIELD`` for a folder without keys or with a file that is
        none: a service that can accept no receipt must not start."""
        self._folder = folder
        self._lock = Lock()
        self._known = self._read()

    def find(self, key_sha256: bytes) -> bytes | None:
        """The key's SubjectPublicKeyInfo, DER; None if it is not known. The folder is read anew for
        a key that was not there before, so that one can follow another without a restart."""
        known = self._known.get(key_sha256)
        if known is not None:
            return known
        with self._lock:
            self._known = self._read()
        return self._known.get(key_sha256)

    def _read(self) -> dict[bytes, bytes]:
        try:
            files = sorted(self._folder.glob("*.pem"))
            found = [_spki(file) for file in files]
        except OSError as error:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, f"can't be read: {error.strerror}", field=_FIELD
            ) from error
        if not found:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "holds no public key: put there what `openjpki authority receipt-key` writes",
                field=_FIELD,
            )
        return {hashlib.sha256(spki).digest(): spki for spki in found}


def _spki(file: Path) -> bytes:
    try:
        key = serialization.load_pem_public_key(file.read_bytes())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"{file.name} is no public key in PEM", field=_FIELD
        ) from error
    spki = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    try:
        StatementPublicKey.parse(spki)
    except OpenJpkiError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"{file.name} {error.message}", field=_FIELD
        ) from error
    return spki
