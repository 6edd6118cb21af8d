"""An authority's keys, each opened once and kept open."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from openjpki.services.common.metered_key import MeteredKey
from openjpki.x509.public_key import require_key_of

if TYPE_CHECKING:
    from cryptography import x509

    from openjpki.keys.port import KeyBackend


class KeyRing:
    """The keys opened so far: opening one anew for each signature would cost more than signing."""

    def __init__(self, backend: KeyBackend) -> None:
        self.backend = backend
        self._opened: dict[str, tuple[MeteredKey, x509.Certificate]] = {}
        """Each with the issuer whose it was found to be."""
        self._lock = Lock()

    def key_of(self, label: str, issuer: x509.Certificate) -> MeteredKey:
        """The key that signs in this issuer's name.

        Raises ``KEY_NOT_FOUND``, also when the key kept under the label is not the issuer's, and
        ``KEY_DEVICE_UNAVAILABLE``.
        """
        with self._lock:
            key, found_of = self._opened.get(label, (None, None))
            if key is None:
                key = MeteredKey(self.backend.open(label))
            # Once for each issuer, not for each signature: neither of the two ever changes.
            if found_of is not issuer:
                require_key_of(issuer, key.spki_der)
                self._opened[label] = key, issuer
        return key
