"""The order to revoke a user's certificate, on an officer's word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.evidence import OfficerSignature
    from openjpki.domain.evidence.revocation import IdentitySeen
    from openjpki.domain.policy import RevocationCause


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationOrder:
    """Which certificate is to end, and why."""

    authority_id: AuthorityId
    serial: bytes
    cause: RevocationCause
    asked: OfficerSignature
    """Of the officer who took the request, or who acts ex officio."""
    seen: IdentitySeen | None
    """How whoever asked was identified at a window; None: ex officio."""
