"""A P-256 key in one encrypted file: an officer's in the embedded installation, ca's for receipts.

PKCS#8 under a passphrase (RFC 5958), mode 0600, never replaced: :mod:`openjpki.keys.software`'s
files, with the other kind of key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.public_key import COORDINATE, StatementPublicKey
from openjpki.keys.secret import wiped
from openjpki.keys.software import key_file

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.keys.secret import Secret


class FileStatementKey:
    """A :class:`openjpki.evidence.statement_key.StatementKey` that signs ES256 in this process."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self._public = StatementPublicKey.parse(
            key.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    @classmethod
    def generate(cls, path: Path, passphrase: Secret) -> FileStatementKey:
        """Makes a key and writes it encrypted. Raises ``KEY_EXISTS`` when the name is taken,
        ``KEY_STORE_UNSAFE`` for a passphrase that can't be read."""
        key = ec.generate_private_key(ec.SECP256R1())
        with wiped(passphrase.read()) as secret:
            der = signer_core.encrypt_pkcs8(
                key.private_bytes(
                    serialization.Encoding.DER,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                ),
                secret,
            )
        try:
            key_file.write_new(path, der)
        except FileExistsError:
            raise OpenJpkiError(
                Reason.KEY_EXISTS, "there is a key of that name; keys are never replaced"
            ) from None
        return cls(key)

    @classmethod
    def open(cls, path: Path, passphrase: Secret) -> FileStatementKey:
        """Reads and decrypts it.

        Raises ``KEY_NOT_FOUND``, ``KEY_STORE_UNSAFE`` for a file that others may touch or that is
        no encrypted key, ``KEY_CREDENTIAL_REFUSED`` for the wrong passphrase, ``KEY_TYPE_REFUSED``
        for another kind of key.
        """
        try:
            der = key_file.read(path)
        except FileNotFoundError:
            raise OpenJpkiError(
                Reason.KEY_NOT_FOUND, "there is no such file", field=path.name
            ) from None
        with wiped(passphrase.read()) as secret:
            try:
                key = serialization.load_der_private_key(der, bytes(secret))
            except UnsupportedAlgorithm:
                raise _no_p256(path) from None
            except (ValueError, TypeError):
                # The library says the same of a wrong passphrase and of damaged octets; and what
                # caused it might quote either.
                raise OpenJpkiError(
                    Reason.KEY_CREDENTIAL_REFUSED,
                    "the passphrase does not open it",
                    field=path.name,
                ) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise _no_p256(path)
        return cls(key)

    @property
    def public_key(self) -> StatementPublicKey:
        """See :attr:`openjpki.evidence.statement_key.StatementKey.public_key`."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """See :meth:`openjpki.evidence.statement_key.StatementKey.sign`."""
        r, s = decode_dss_signature(self._key.sign(message, ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(COORDINATE, "big") + s.to_bytes(COORDINATE, "big")
        if not self._public.verifies(signature, message):
            raise OpenJpkiError(Reason.INTERNAL, "a signature did not verify")
        return signature

    def __repr__(self) -> str:
        """The fingerprint; nothing of the key."""
        return f"FileStatementKey({self._public.sha256.hex()})"


def _no_p256(path: Path) -> OpenJpkiError:
    return OpenJpkiError(
        Reason.KEY_TYPE_REFUSED, "must be a key on the curve P-256", field=path.name
    )
