"""An RSA key of a backend as one that signs statements: an officer's token, ca's device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.evidence.public_key import StatementPublicKey

if TYPE_CHECKING:
    from openjpki.keys.port import SigningKey


class BackendStatementKey:
    """A :class:`openjpki.evidence.statement_key.StatementKey` that has the backend sign RS256.

    The port verifies each signature before it leaves; the private half never does.
    """

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self._public = StatementPublicKey.parse(key.spki_der)

    @property
    def public_key(self) -> StatementPublicKey:
        """See :attr:`openjpki.evidence.statement_key.StatementKey.public_key`."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """See :meth:`openjpki.evidence.statement_key.StatementKey.sign`."""
        return self._key.sign(message)
