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
