"""Making signatures with an authority's key; each is verified before it leaves (FIPS 186-5 5)."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from openjpki.telemetry.metrics import SIGNATURES, SIGNING_DURATION, SIGNING_UNDER_WAY

if TYPE_CHECKING:
    from openjpki.keys.port import SigningKey
    from openjpki.signer_core import CheckedTbs, Pkcs11Key, SoftwareKey


class MeteredKey:
    """An authority's key as the services have it: it signs what was checked, and is metered.

    Revocation lists are encoded and signed in one call of the compiled module, which takes the
    compiled key: :attr:`core`, for that alone.
    """

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        # From the start: a series that begins with its first failure can't be alerted on.
        self._ended = {one: SIGNATURES.labels(key.label, one) for one in ("ok", "error")}

    @property
    def spki_der(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        return self._key.spki_der

    @property
    def core(self) -> SoftwareKey | Pkcs11Key:
        """The compiled key, for revocation lists: they are encoded as they are signed."""
        return self._key.core

    def sign(self, checked: CheckedTbs) -> bytes:
        """The finished object, DER; its signature was verified, as a wrong one tells the key.

        Raises ``KEY_DEVICE_UNAVAILABLE``, ``KEY_NOT_FOUND``, and ``INTERNAL`` for what was signed
        before, for another issuer's key and for a signature that does not verify.
        """
        started = perf_counter()
        outcome = "error"
        SIGNING_UNDER_WAY.inc()
        try:
            signed = self._key.sign_checked(checked)
            outcome = "ok"
        finally:
            SIGNING_UNDER_WAY.dec()
            self._ended[outcome].inc()
            SIGNING_DURATION.observe(perf_counter() - started)
        return signed
