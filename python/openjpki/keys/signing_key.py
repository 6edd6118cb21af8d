"""The port's signing key over a compiled one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.keys.key_errors import key_errors
from openjpki.signer_core import CheckedTbs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.signer_core import Pkcs11Key, SoftwareKey


class CoreSigningKey:
    """A :class:`openjpki.keys.port.SigningKey` whose work is done by ``openjpki.signer_core``.

    The compiled key signs without holding the interpreter and verifies before it answers.
    """

    def __init__(self, label: str, core: SoftwareKey | Pkcs11Key) -> None:
        self._label = label
        self._core = core

    @property
    def label(self) -> str:
        """Its name in the backend."""
        return self._label

    @property
    def spki_der(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        return self._core.spki_der

    @property
    def bits(self) -> int:
        """Length of the modulus."""
        return self._core.bits

    @property
    def core(self) -> SoftwareKey | Pkcs11Key:
        """The compiled key."""
        return self._core

    def sign(self, message: bytes) -> bytes:
        """See :meth:`openjpki.keys.port.SigningKey.sign`."""
        with key_errors(self._label):
            return self._core.sign(message)

    def sign_checked(self, checked: CheckedTbs) -> bytes:
        """See :meth:`openjpki.keys.port.SigningKey.sign_checked`."""
        with key_errors(self._label):
            # Through the class: what only looks like checked bytes is a TypeError.
            return CheckedTbs.sign(checked, self._core)

    def sign_batch(self, messages: Sequence[bytes]) -> list[bytes]:
        """See :meth:`openjpki.keys.port.SigningKey.sign_batch`."""
        with key_errors(self._label):
            return self._core.sign_batch(list(messages))

    def __repr__(self) -> str:
        """Label and size; there is nothing secret to show."""
        return f"CoreSigningKey({self._label!r}, bits={self.bits})"
