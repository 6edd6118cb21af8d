"""The public keys that the authority's receipts may be by: a folder that may change at any time."""

from __future__ import annotations

import hashlib
from threading import Lock
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.public_key_file import public_key_of
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import FILE_ELEMENTS_LEFT_OUT

if TYPE_CHECKING:
    from pathlib import Path

_FIELD = "registration.receipt_keys"
_log = get_logger("receipts")


class KnownReceiptKeys:
    """Every ``*.pem`` of a folder, by the SHA-256 of its SubjectPublicKeyInfo."""

    def __init__(self, folder: Path) -> None:
        """Read them. Raises ``INVALID_FIELD`` for a folder without keys, and naming the first file
        that is none where there is no other: a service that can accept no receipt must not
        start."""
        self._folder = folder
        self._lock = Lock()
        self._known: dict[bytes, bytes] = {}
        self._known = self._read()

    def find(self, key_sha256: bytes) -> bytes | None:
        """The key's SubjectPublicKeyInfo, DER; None if it is not known. The folder is read anew for
        a key that was not there before, so that one can follow another without a restart.

        A file that can't be read by then ends no other's: it is left out, and as nobody knows which
        key it held, none that was known is forgotten meanwhile.
        """
        known = self._known.get(key_sha256)
        if known is not None:
            return known
        with self._lock:
            self._known = self._read()
        return self._known.get(key_sha256)

    def _read(self) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        left_out: list[OpenJpkiError] = []
        for file in sorted(self._folder.glob("*.pem")):
            try:
                spki = public_key_of(file, field=_FIELD).spki_der
            except OpenJpkiError as error:
                left_out.append(error)
                found.update(self._known)
            else:
                found[hashlib.sha256(spki).digest()] = spki
        if left_out and not found:
            raise left_out[0]
        FILE_ELEMENTS_LEFT_OUT.labels("receipt_keys").set(len(left_out))
        for one in left_out:
            _log.error("a receipt key is left out", field=one.field, rule=one.message)
        if not found:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "holds no public key: put there what `openjpki authority receipt-key` writes",
                field=_FIELD,
            )
        return found
