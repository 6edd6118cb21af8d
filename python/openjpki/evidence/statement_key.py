"""The port of a key that signs statements; ``tests/contract/evidence`` is its meaning in code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from openjpki.evidence.public_key import StatementPublicKey


class StatementKey(Protocol):
    """A key in an officer's hand; where its private half is stays its own matter."""

    @property
    def public_key(self) -> StatementPublicKey:
        """The public half."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Over the whole message, in COSE's form (RFC 9053 section 2.1, RFC 8812 section 2).

        Raises what the key's place raises: ``KEY_DEVICE_UNAVAILABLE``, ``KEY_NOT_FOUND``,
        ``INTERNAL`` when a signature did not verify.
        """
        ...
