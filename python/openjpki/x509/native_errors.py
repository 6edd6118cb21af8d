"""The compiled module's refusals as refusals of the catalogue, in one place."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

REFUSALS: Final = (
    signer_core.SignerError,
    signer_core.MalformedError,
    signer_core.InvalidArgumentError,
)
"""Everything the compiled module refuses with."""

REASONS: Final = {
    "malformed": Reason.MALFORMED_DER,
    "trailing_bytes": Reason.TRAILING_BYTES,
    "invalid_argument": Reason.INVALID_FIELD,
    "profile_mismatch": Reason.PROFILE_MISMATCH,
    "device_unavailable": Reason.KEY_DEVICE_UNAVAILABLE,
    "key_not_found": Reason.KEY_NOT_FOUND,
    "credential_refused": Reason.KEY_CREDENTIAL_REFUSED,
    # Nobody's who asked: a key that signs wrongly, a system without threads or randomness.
    "signature_check_failed": Reason.INTERNAL,
    "key": Reason.INTERNAL,
    "system": Reason.INTERNAL,
}
"""Each kind of refusal (``signer_core.ERROR_KINDS``) as the catalogue has it."""


@contextmanager
def as_refusals(what: str) -> Iterator[None]:
    """Turn the compiled module's exceptions into `OpenJpkiError`; ``what`` names foreign bytes.

    ``MALFORMED_DER`` and ``TRAILING_BYTES`` for foreign bytes, ``INVALID_FIELD`` for an argument,
    with its place in a batch, ``PROFILE_MISMATCH`` for what was built wrongly, ``KEY_*`` for a
    device, ``INTERNAL`` for a signature that failed its check.
    """
    try:
        yield
    except REFUSALS as error:
        raise refusal(error, what) from error


def refusal(
    error: signer_core.SignerError | signer_core.MalformedError | signer_core.InvalidArgumentError,
    what: str,
) -> OpenJpkiError:
    """One exception of the compiled module as a refusal of the catalogue; ``what`` as above."""
    reason = REASONS[error.kind]
    if reason is Reason.INVALID_FIELD:
        place = {} if error.place is None else {"place": str(error.place)}
        return OpenJpkiError(reason, error.rule, field=error.field or what, **place)
    if reason in {Reason.MALFORMED_DER, Reason.TRAILING_BYTES}:
        return OpenJpkiError(reason, str(error), field=what)
    return OpenJpkiError(reason, str(error))
