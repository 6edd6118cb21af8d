"""What a validator asks of a path (RFC 5280 6.1.1), beyond that it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ANY_POLICY: Final = "2.5.29.32.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPolicy:
    """The inputs of validation. Without ``revocation`` nothing is asked about it."""

    initial_policies: frozenset[str] = frozenset()
    """Acceptable policies, dotted OIDs in the anchor's domain; empty: any."""
    explicit_policy: bool = True
    """Whether the path must end with a policy."""
    inhibit_policy_mapping: bool = False
    inhibit_any_policy: bool = False
    delegated_lists: bool = False
    """Whether a list may be signed by another key than the one that issued the certificate:
    another generation of its issuer, a key for lists only, an indirect CRL issuer."""
    revocation: bool = True
    """Whether every certificate must be shown not to be revoked."""
    accept_renumbered: frozenset[bytes] = frozenset()
    """SHA-256 of lists of the pool from which on the numbers of their row count anew, as an
    operator has accepted of an authority that was restored from a copy."""
