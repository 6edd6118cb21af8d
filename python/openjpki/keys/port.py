"""The port every key backend implements; ``tests/contract/keys`` is its meaning in code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.signer_core import CheckedTbs, Pkcs11Key, SoftwareKey

MODULUS_BITS = (2048, 3072, 4096)
"""Sizes of RSA keys a backend makes."""

PUBLIC_EXPONENT = 65537
"""Of the RSA keys a backend makes (FIPS 186-5 A.1.1)."""


class SigningKey(Protocol):
    """An RSA key that can be asked to sign; where its private half is stays its own matter.

    Safe to use from many threads.
    """

    @property
    def label(self) -> str:
        """Its name in the backend (:mod:`openjpki.keys.label`)."""

    @property
    def spki_der(self) -> bytes:
        """Public key: SubjectPublicKeyInfo, DER (RFC 5280 section 4.1.2.7)."""

    @property
    def bits(self) -> int:
        """Length of the modulus."""

    @property
    def core(self) -> SoftwareKey | Pkcs11Key:
        """The compiled key, for functions of ``openjpki.signer_core`` that build and sign."""

    def sign(self, message: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 over the whole message (RFC 8017 section 8.2).

        The signature was verified with the public key and is as long as the modulus. Raises
        ``KEY_DEVICE_UNAVAILABLE`` (the same call may succeed later), ``KEY_NOT_FOUND`` when the
        key was destroyed meanwhile, ``INTERNAL`` when a signature did not verify.
        """

    def sign_checked(self, checked: CheckedTbs) -> bytes:
        """The finished object of bytes that the certificate engine has checked, DER.

        Once for each: ``INTERNAL`` for a second time, and for the bytes of another key's issuer.
        Otherwise raises as :meth:`sign`.
        """

    def sign_batch(self, messages: Sequence[bytes]) -> list[bytes]:
        """As :meth:`sign`, for each message in order; all of them or none."""


class KeyBackend(Protocol):
    """A place where keys live. Safe to use from many threads.

    Every method raises ``KEY_DEVICE_UNAVAILABLE`` when the place can't be reached (retrying may
    help; no other place is tried instead), ``KEY_CREDENTIAL_REFUSED`` when it refuses the PIN or
    passphrase, and ``INVALID_FIELD`` when a label is not one.
    """

    def open(self, label: str) -> SigningKey:
        """The key with this label, or ``KEY_NOT_FOUND``."""

    def generate(self, label: str, bits: int) -> SigningKey:
        """Make a key that did not exist before.

        Never overwrites: ``KEY_EXISTS`` when the label is taken. ``KEY_SIZE_REFUSED`` unless
        ``bits`` is one of :data:`MODULUS_BITS`. Either the whole key is there afterwards, or,
        whatever happened, nothing that :meth:`open` or :meth:`labels` would show.
        """

    def labels(self) -> list[str]:
        """The labels of all keys, sorted as text."""

    def destroy(self, label: str) -> None:
        """Remove the key for good, or ``KEY_NOT_FOUND``."""

    def close(self) -> None:
        """Let go of sessions and secrets. Keys opened here must not be used afterwards."""


def check_bits(bits: int) -> None:
    """Raise ``KEY_SIZE_REFUSED`` unless a backend makes keys of this size."""
    if bits not in MODULUS_BITS:
        sizes = ", ".join(str(size) for size in MODULUS_BITS)
        raise OpenJpkiError(Reason.KEY_SIZE_REFUSED, f"must be one of {sizes}", field="bits")
