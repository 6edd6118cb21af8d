"""The key of ca's receipts in tests: one a process, as making an RSA key takes a while."""

from __future__ import annotations

from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING

from openjpki.cli.arguments import public_key_pem
from openjpki.keys.software import key_file
from openjpki.services.ca.receipts.receipt_key import make_receipt_key
from openjpki.services.common.keys import open_keys
from openjpki.signer_core import SoftwareKey

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.config.ca import CaSettings

_ITERATIONS = 100_000
"""Of the key's encryption, the fewest there may be: what it protects is a test's."""


def put_receipt_key(settings: CaSettings) -> None:
    """Before a ca service is started: the key of these settings is there."""
    if settings.keys.kind == "software" and settings.ca.signs_receipts.kind == "keys":
        folder = settings.keys.directory
        if folder.exists() and not folder.is_dir():
            # A test took the keys away.
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / (settings.ca.signs_receipts.label.replace("/", ".") + ".pem")
        if not file.exists():
            secret = settings.keys.passphrase_file.read_bytes().strip()
            key_file.write_new(file, _encrypted(secret))
        return
    with closing(open_keys(settings.keys)) as backend:
        make_receipt_key(settings.ca.signs_receipts, backend)


def receipt_keys(folder: Path) -> Path:
    """A folder with the public half, as registration's settings name one."""
    keys = folder / "receipt-keys"
    keys.mkdir(exist_ok=True)
    (keys / "ca-1.pem").write_bytes(public_key_pem(_key().spki_der))
    return keys


@cache
def _key() -> SoftwareKey:
    return SoftwareKey.generate(2048)


@cache
def _encrypted(secret: bytes) -> bytes:
    return _key().to_encrypted_pkcs8(secret, _ITERATIONS)
