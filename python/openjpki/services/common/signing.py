"""Making signatures with an authority's key; each is verified before it leaves (FIPS 186-5 5)."""

from __future__ import annotations

from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING

from openjpki.telemetry.metrics import SIGNATURES, SIGNING_DURATION
from openjpki.x509.profiles.building import require_key_of
from openjpki.x509.signing import load_rsa_spki, verify_pkcs1_sha256

if TYPE_CHECKING:
    from cryptography import x509

    from openjpki.keys.port import KeyBackend, SigningKey
    from openjpki.signer_core import Pkcs11Key, SoftwareKey


class MeteredKey:
    """An authority's key whose signatures are counted, timed and verified."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self._public = load_rsa_spki(key.spki_der)

    @property
    def spki_der(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        return self._key.spki_der

    @property
    def core(self) -> SoftwareKey | Pkcs11Key:
        """The compiled key, which verifies too; for lists that are encoded as they are signed."""
        return self._key.core

    def sign(self, message: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256. Raises ``KEY_DEVICE_UNAVAILABLE``, ``INTERNAL``."""
        started = perf_counter()
        outcome = "error"
        try:
            (signature,) = self._key.sign_batch([message])
            # A faulty signature gives the private key away: none may leave.
            verify_pkcs1_sha256(self._public, signature, message)
            outcome = "ok"
        finally:
            SIGNATURES.labels(self._key.label, outcome).inc()
            SIGNING_DURATION.observe(perf_counter() - started)
        return signature


class KeyRing:
    """The keys opened so far: opening one anew for each signature would cost more than signing."""

    def __init__(self, backend: KeyBackend) -> None:
        self.backend = backend
        self._opened: dict[str, MeteredKey] = {}
        self._lock = Lock()

    def key_of(self, label: str, issuer: x509.Certificate) -> MeteredKey:
        """The key that signs in this issuer's name.

        Raises ``KEY_NOT_FOUND``, also when the key kept under the label is not the issuer's, and
        ``KEY_DEVICE_UNAVAILABLE``.
        """
        with self._lock:
            key = self._opened.get(label)
            if key is None:
                key = MeteredKey(self.backend.open(label))
            require_key_of(issuer, key)
            self._opened[label] = key
        return key
