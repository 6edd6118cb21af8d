"""Making signatures with an authority's key; each is verified before it leaves (FIPS 186-5 5)."""

from __future__ import annotations

from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING

from openjpki.telemetry.metrics import SIGNATURES, SIGNING_DURATION
from openjpki.x509.public_key import require_key_of

if TYPE_CHECKING:
    from cryptography import x509

    from openjpki.keys.port import KeyBackend, SigningKey
    from openjpki.signer_core import CheckedTbs, Pkcs11Key, SoftwareKey


class MeteredKey:
    """An authority's key as the services have it: it signs what was checked, and is metered.

    Nothing else can be asked of it but revocation lists, which are encoded as they are signed.
    """

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    @property
    def spki_der(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        return self._key.spki_der

    @property
    def core(self) -> SoftwareKey | Pkcs11Key:
        """The compiled key, for lists."""
        return self._key.core

    def sign(self, checked: CheckedTbs) -> bytes:
        """The finished object, DER; its signature was verified, as a wrong one tells the key.

        Raises ``KEY_DEVICE_UNAVAILABLE``, ``KEY_NOT_FOUND``, and ``INTERNAL`` for what was signed
        before, for another issuer's key and for a signature that does not verify.
        """
        started = perf_counter()
        outcome = "error"
        try:
            signed = self._key.sign_checked(checked)
            outcome = "ok"
        finally:
            SIGNATURES.labels(self._key.label, outcome).inc()
            SIGNING_DURATION.observe(perf_counter() - started)
        return signed


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
            require_key_of(issuer, key.spki_der)
            self._opened[label] = key
        return key
