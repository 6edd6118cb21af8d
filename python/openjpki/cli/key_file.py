"""The applicant's key in a file, not on a card, where policy allows software media (R2.3.2).

The window's generator keeps nothing: the key is made and encrypted in the compiled module, which
wipes it, and the only copy leaves encrypted (R2.3.1): PKCS#8 (RFC 5958) in PEM, the one format.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from openjpki.cli.delegating_key import DelegatingKey
from openjpki.cli.reading import named
from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.key_errors import key_errors
from openjpki.keys.signing_key import CoreSigningKey
from openjpki.keys.software import key_file
from openjpki.signer_core import SoftwareKey

if TYPE_CHECKING:
    from pathlib import Path

_BITS = 2048


def make_key(path: Path, passphrase: bytes) -> bytes:
    """Makes a key pair, writes it encrypted (PKCS#8, mode 0600); its PKCS#10 in DER back.

    The request's subject is empty: names come from the application, never from the key's holder.
    Raises ``FileExistsError``: a key is never replaced.
    """
    with key_errors(path.name):
        key = SoftwareKey.generate(_BITS)
        encrypted = key.to_encrypted_pkcs8(passphrase)
    key_file.write_new(path, encrypted)
    return certification_request(DelegatingKey(CoreSigningKey(path.name, key)))


def load_key(path: Path, secret: bytes) -> rsa.RSAPrivateKey:
    """A resident's key file. Raises ``KEY_CREDENTIAL_REFUSED``, ``KEY_TYPE_REFUSED``,
    ``KEY_STORE_UNSAFE`` for a file that others may read."""
    with named(path), path.open("rb") as file:
        key_file.refuse_others(os.fstat(file.fileno()), path.name)
        pem = file.read()
    if b"-----BEGIN ENCRYPTED PRIVATE KEY-----" not in pem:
        raise OpenJpkiError(
            Reason.KEY_TYPE_REFUSED, "must be a file with an encrypted PKCS#8 key", field="--key"
        )
    try:
        key = serialization.load_pem_private_key(pem, secret)
    except UnsupportedAlgorithm:
        raise _no_rsa() from None
    except (ValueError, TypeError):
        # from None: what the library says may quote what it was given.
        raise OpenJpkiError(
            Reason.KEY_CREDENTIAL_REFUSED, "is not opened by this passphrase", field="--key"
        ) from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise _no_rsa()
    return key


def _no_rsa() -> OpenJpkiError:
    return OpenJpkiError(Reason.KEY_TYPE_REFUSED, "must be an RSA key", field="--key")


def certification_request(key: rsa.RSAPrivateKey) -> bytes:
    """PKCS#10 of a key, DER."""
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
