"""What validating a path ends in, as data."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.catalogue.path_reason import PathReason


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRefusal:
    """Why there is no valid path: the first rule that the one which came closest breaks."""

    reason: PathReason
    rule: str
    """In English: constant text, nothing of any certificate."""
    certificate: bytes | None
    """SHA-256 of the certificate to blame; None when it is no single one."""
    subject: str
    """That certificate's subject, RFC 4514; empty when it is no single one."""
    place: int | None = None
    """Its place on the path: 0 is the anchor."""
    revoked_at: datetime | None = None
    revocation_reason: str | None = None
    """CRLReason as RFC 5280 5.3.1 spells it, e.g. ``keyCompromise``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathEvidence:
    """What said that one certificate of the path was not revoked, each by SHA-256 of its DER."""

    certificate: bytes
    lists: tuple[bytes, ...] = ()
    ocsp_response: bytes | None = None
    renumbered: bool = False
    """A list was taken although an earlier one has a higher number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathVerdict:
    """The outcome for one certificate."""

    refusal: PathRefusal | None
    """None: the certificate may be relied on."""
    path: tuple[bytes, ...]
    """DER from the anchor to the target: the valid path, else the refused one that came closest."""
    authority_policies: tuple[str, ...]
    """Authority-constrained policy set (RFC 5280 6.1.6), dotted; empty when refused."""
    user_policies: tuple[str, ...]
    """User-constrained policy set, dotted; empty when refused."""
    evidence: tuple[PathEvidence, ...]
    """For each certificate below the anchor; empty when refused."""
    left_out: int = 0
    """How much of the pool can't be read and was left out."""

    @property
    def path_sha256(self) -> tuple[str, ...]:
        """SHA-256 of each certificate of ``path``, hexadecimal."""
        return tuple(sha256(der).hexdigest() for der in self.path)

    @property
    def valid(self) -> bool:
        """Whether the certificate may be relied on."""
        return self.refusal is None
