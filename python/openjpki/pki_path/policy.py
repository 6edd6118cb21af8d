"""What a validator asks of a path (RFC 5280 6.1.1), beyond that it holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from openjpki.pki_path.discovery import Limits

ANY_POLICY = "2.5.29.32.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPolicy:
    """The inputs of validation. Revocation is always required, for every certificate."""

    initial_policies: frozenset[str] = frozenset()
    """Acceptable policies, dotted OIDs in the anchor's domain; empty: any."""
    explicit_policy: bool = True
    """Whether the path must end with a policy."""
    inhibit_policy_mapping: bool = False
    inhibit_any_policy: bool = False
    delegated_crls: bool = False
    """Whether a list may be signed by another key than the one that issued the certificate:
    another generation of its issuer, a key for lists only, an indirect CRL issuer. The
    authorities here never do that; a list of another generation need not know the serial."""
    weak_hashes: frozenset[str] = frozenset({"md2", "md5", "sha1"})
    """Refused in signatures of certificates and lists."""
    min_rsa_bits: int = 2048
    min_dsa_bits: int = 3072
    limits: Limits = field(default_factory=Limits)
