"""At the bridge's door: exactly one value, read by what builds paths and by nothing else.

A second reader would take what this one can't use: it would be stored, and every later look at the
pool would stumble over it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openjpki.pki_path import reading
from openjpki.x509.der import require_single_value

if TYPE_CHECKING:
    from openjpki.signer_core import PathCertificate, PathRevocationList

MAX_LIST: Final = 64 << 20
"""Octets of a revocation list."""


def read_certificate(der: bytes, *, field: str = "certificate") -> PathCertificate:
    """X.509 DER. Raises ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER``, ``TRAILING_BYTES``."""
    require_single_value(der, field=field, max_bytes=reading.MAX_CERTIFICATE_BYTES)
    return reading.read_certificate(der, field=field)


def read_list(der: bytes, *, field: str = "revocation_list") -> PathRevocationList:
    """DER. Raises ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER``, ``TRAILING_BYTES``."""
    require_single_value(der, field=field, max_bytes=MAX_LIST)
    return reading.read_revocation_list(der, max_bytes=MAX_LIST, field=field)
