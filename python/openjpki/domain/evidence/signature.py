"""An officer's signature as it travels, and as it is kept: all that can't be built anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.evidence.statement import require_sha256
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.domain.evidence.statement import Occasion

MAX_SIGNATURE = 1024
"""Octets: a COSE_Sign1 with an RSA signature of 4096 bits takes 568."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerSignature:
    """Who signed with which key, for which request, when, and the signature itself."""

    occasion: Occasion
    key_sha256: bytes
    """SHA-256 of the SubjectPublicKeyInfo of the officer's key, DER; 32 octets."""
    signature: bytes
    """COSE_Sign1 without its payload (RFC 9052 section 4.2), tagged."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        require_sha256(self.key_sha256, field="key_sha256")
        if not 0 < len(self.signature) <= MAX_SIGNATURE:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, f"must be 1 to {MAX_SIGNATURE} octets", field="signature"
            )
