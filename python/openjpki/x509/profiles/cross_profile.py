"""What is asked of a cross certificate (docs/profile.md section 5; RFC 5280 6; R4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.x509.profiles.engine import SIGNATURE

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from openjpki.x509.profiles.policies import Mapping


@dataclass(frozen=True, slots=True)
class NameSpace:
    """nameConstraints on directory names (RFC 5280 4.2.1.10)."""

    permitted: tuple[x509.Name, ...] = ()
    excluded: tuple[x509.Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossProfile:
    """What two authorities have agreed on. Times are aware, whole seconds."""

    serial: int
    not_before: datetime
    not_after: datetime
    policies: tuple[str, ...]
    """Dotted OIDs of the issuer's policies under which the partner is trusted."""
    mappings: tuple[Mapping, ...] = ()
    """(issuer's policy, partner's policy) pairs; empty when both use the same OIDs."""
    inhibit_mapping: bool = False
    """inhibitPolicyMapping 0: only where no mapping follows further on the path."""
    path_length: int | None = None
    """0 on the last hop, absent elsewhere."""
    cps_uri: str | None = None
    names: NameSpace | None = None
    crl_uri: str | None = None
    signature: str = SIGNATURE
