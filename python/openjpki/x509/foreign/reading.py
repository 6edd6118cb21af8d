"""Strangers' certificates, requests and lists at the door: exactly one value, read by the engine
that validates paths (``signer_core/path``), and by nothing else.

A second reader would take what the first can't use, or understand it in another way: what is
decided about would then not be what is used later. What is read keeps its octets, and each field is
given out as it stands in them (ADR 21).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import require_single_value
from openjpki.x509.pem import CERTIFICATE, der_of

if TYPE_CHECKING:
    from openjpki.signer_core import (
        PathCertificate,
        PathCertificationRequest,
        PathRevocationList,
    )

MAX_CERTIFICATE_BYTES: Final = 64 * 1024
MAX_REQUEST_BYTES: Final = 16 * 1024
MAX_LIST_BYTES: Final = 64 << 20
"""Of a revocation list that is kept to be asked about."""

LIST_UNPROCESSED: Final = frozenset(signer_core.PATH_LIST_UNPROCESSED)
"""Fields for which a list is not read though it is whole: critical extensions, its own or an
entry's, that are not processed here, so that it must not be used (RFC 5280 5.2, 5.3)."""


def read_certificate(der: bytes, *, field: str = "certificate") -> PathCertificate:
    """X.509 DER. Raises ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER``, ``TRAILING_BYTES``."""
    require_single_value(der, field=field, max_bytes=MAX_CERTIFICATE_BYTES)
    try:
        return signer_core.PathCertificate.read(der)
    except signer_core.MalformedError as error:
        raise malformed("is not a certificate", error, field) from error


def first_certificate(octets: bytes, *, field: str) -> PathCertificate:
    """The first certificate of a file, PEM with whatever stands around it or DER.

    Raises ``MALFORMED_DER`` when there is none, and when it can't be read: the next one is not the
    one that was meant.
    """
    try:
        return read_certificate(der_of(octets, CERTIFICATE, field=field), field=field)
    except OpenJpkiError as error:
        raise OpenJpkiError(Reason.MALFORMED_DER, error.message, field=field) from error


def read_request(der: bytes, *, field: str = "csr") -> PathCertificationRequest:
    """PKCS#10 DER. Raises ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER``, ``TRAILING_BYTES``."""
    require_single_value(der, field=field, max_bytes=MAX_REQUEST_BYTES)
    try:
        return signer_core.PathCertificationRequest.read(der)
    except signer_core.MalformedError as error:
        raise malformed("is not a PKCS#10 request", error, field) from error


def read_list(
    der: bytes,
    *,
    max_bytes: int = MAX_LIST_BYTES,
    field: str = "revocation_list",
    whatever_is_critical: bool = False,
) -> PathRevocationList:
    """A revocation list, DER. ``whatever_is_critical``: one with critical extensions that are not
    processed too, for whoever asks ``is_processed``: it determines no status, and puts in doubt
    what it says is revoked. Raises ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER``, ``TRAILING_BYTES``."""
    require_single_value(der, field=field, max_bytes=max_bytes)
    kind = signer_core.PathRevocationList
    read = kind.read_whatever_is_critical if whatever_is_critical else kind.read
    try:
        return read(der, max_bytes)
    except signer_core.MalformedError as error:
        raise malformed("is not a revocation list", error, field) from error


def malformed(what: str, error: signer_core.MalformedError, field: str) -> OpenJpkiError:
    """``what`` it is not, and the engine's own field and rule."""
    return OpenJpkiError(
        Reason.MALFORMED_DER, f"{what} that can be used: {error.field} {error.rule}", field=field
    )
