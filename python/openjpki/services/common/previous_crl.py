"""The list that a new one replaces, checked before."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.check import check_crl

if TYPE_CHECKING:
    from openjpki.x509.crl.check import CrlFacts


def check_previous(der: bytes | None, sha256: bytes, issuer: bytes, scope_der: bytes) -> CrlFacts:
    """The list kept as published, checked as any verifier would before a number is built on it.

    ``sha256``: what was noted of it when it was published; ``issuer``: X.509 DER. Raises
    ``CRL_REFUSED``.
    """
    if der is None or hashlib.sha256(der).digest() != sha256:
        raise OpenJpkiError(
            Reason.CRL_REFUSED, "the list to be replaced is not the one that was published"
        )
    return check_crl(der, issuer, scope_der=scope_der)
