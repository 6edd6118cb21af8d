"""The key that signs receipts: made once, by command; opened when the service starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.config.ca import ReceiptKeyFilePart
from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.secret import FileSecret
from openjpki.keys.statements.backend_key import BackendStatementKey
from openjpki.keys.statements.file_key import FileStatementKey
from openjpki.services.common.keys import make_or_take_up

if TYPE_CHECKING:
    from openjpki.config.ca import ReceiptKeyPart
    from openjpki.evidence.statement_key import StatementKey
    from openjpki.keys.port import KeyBackend

_BITS = 2048


def open_receipt_key(part: ReceiptKeyPart, backend: KeyBackend) -> StatementKey:
    """The key of the settings.

    Raises ``KEY_NOT_FOUND`` before it is made, ``KEY_STORE_UNSAFE``, ``KEY_CREDENTIAL_REFUSED``,
    ``KEY_DEVICE_UNAVAILABLE``.
    """
    try:
        if isinstance(part, ReceiptKeyFilePart):
            return FileStatementKey.open(part.file, FileSecret(part.passphrase_file))
        return BackendStatementKey(backend.open(part.label))
    except OpenJpkiError as error:
        if error.reason is not Reason.KEY_NOT_FOUND:
            raise
        raise OpenJpkiError(
            Reason.KEY_NOT_FOUND,
            "there is no key for receipts; make it with `openjpki authority receipt-key`",
            field="ca.receipt_key",
        ) from error


def make_receipt_key(part: ReceiptKeyPart, backend: KeyBackend) -> StatementKey:
    """The key of the settings, made now unless it is there. Raises as :func:`open_receipt_key`."""
    if not isinstance(part, ReceiptKeyFilePart):
        return BackendStatementKey(make_or_take_up(backend, part.label, _BITS))
    if part.file.exists():
        return open_receipt_key(part, backend)
    return FileStatementKey.generate(part.file, FileSecret(part.passphrase_file))
