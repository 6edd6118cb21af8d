"""Turns what the compiled module raises about a key into the catalogue's refusals."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.native_errors import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def key_errors(label: str) -> Iterator[None]:
    """Raise the catalogue's error, naming the key, for what the block raises.

    An argument that the module refuses passes through as ``signer_core.InvalidArgumentError``: it
    is the calling code's fault, not the key's.
    """
    try:
        yield
    except signer_core.MalformedError as error:
        # A key file of ours that does not parse is nobody's request.
        raise OpenJpkiError(Reason.INTERNAL, str(error), key=label) from error
    except signer_core.SignerError as error:
        raise OpenJpkiError(REASONS[error.kind], str(error), key=label) from error
