"""The key of ca's receipts in tests: one a process, as making an RSA key takes a while."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from openjpki.cli.arguments import public_key_pem
from openjpki.services.ca.receipts.receipt_key import make_receipt_key
from openjpki.services.common.keys import open_keys
from tests.support.key_files import key_named, put_key

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.config.ca import CaSettings
    from openjpki.signer_core import SoftwareKey


def put_receipt_key(settings: CaSettings) -> None:
    """Before a ca service is started: the key of these settings is there."""
    if settings.keys.kind == "software" and settings.ca.signs_receipts.kind == "keys":
        put_key(settings.keys, settings.ca.signs_receipts.label, _key())
        return
    with closing(open_keys(settings.keys)) as backend:
        make_receipt_key(settings.ca.signs_receipts, backend)


def receipt_keys(folder: Path) -> Path:
    """A folder with the public half, as registration's settings name one."""
    keys = folder / "receipt-keys"
    keys.mkdir(exist_ok=True)
    (keys / "ca-1.pem").write_bytes(public_key_pem(_key().spki_der))
    return keys


def _key() -> SoftwareKey:
    # Whatever its label is in these settings.
    return key_named("receipts")
