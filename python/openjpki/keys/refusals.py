"""Turns what the compiled module raises into the catalogue's refusals, in one place."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

_REASONS: tuple[tuple[type[Exception], Reason], ...] = (
    (signer_core.DeviceUnavailableError, Reason.KEY_DEVICE_UNAVAILABLE),
    (signer_core.KeyNotFoundError, Reason.KEY_NOT_FOUND),
    (signer_core.CredentialRefusedError, Reason.KEY_CREDENTIAL_REFUSED),
    # Neither is the caller's doing: a key that signs wrongly, a key file that does not parse.
    (signer_core.SignerError, Reason.INTERNAL),
    (signer_core.MalformedError, Reason.INTERNAL),
)


@contextmanager
def refusals(label: str) -> Iterator[None]:
    """Raise the catalogue's error, naming the key, for what the block raises."""
    try:
        yield
    except tuple(kind for kind, _ in _REASONS) as error:
        reason = next(reason for kind, reason in _REASONS if isinstance(error, kind))
        raise OpenJpkiError(reason, str(error), key=label) from error
