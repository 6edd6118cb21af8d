"""Strangers' certificates and lists at the door: read by what builds paths, and by nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.signer_core import PathCertificate, PathRevocationList

MAX_CERTIFICATE_BYTES: Final = 64 * 1024


def read_certificate(der: bytes, *, field: str = "certificate") -> PathCertificate:
    """One certificate, X.509 DER. Raises ``MESSAGE_TOO_LARGE`` or ``MALFORMED_DER``."""
    _require_short(der, MAX_CERTIFICATE_BYTES, field)
    try:
        return signer_core.PathCertificate.read(der)
    except signer_core.MalformedError as error:
        raise _malformed("is not a certificate", error, field) from error


def read_revocation_list(
    der: bytes, *, max_bytes: int, field: str = "revocation_list"
) -> PathRevocationList:
    """One list, DER. Raises ``MESSAGE_TOO_LARGE`` or ``MALFORMED_DER``."""
    _require_short(der, max_bytes, field)
    try:
        return signer_core.PathRevocationList.read(der)
    except signer_core.MalformedError as error:
        raise _malformed("is not a revocation list", error, field) from error


def _require_short(der: bytes, max_bytes: int, field: str) -> None:
    if len(der) > max_bytes:
        raise OpenJpkiError(
            Reason.MESSAGE_TOO_LARGE, f"must not be longer than {max_bytes} bytes", field=field
        )


def _malformed(what: str, error: signer_core.MalformedError, field: str) -> OpenJpkiError:
    return OpenJpkiError(
        Reason.MALFORMED_DER, f"{what} that can be used: {error.field} {error.rule}", field=field
    )
