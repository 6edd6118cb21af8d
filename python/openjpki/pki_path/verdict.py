"""What validating a path ends in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class RefusalReason(Enum):
    """Why a path does not hold. Values are stable: clients branch on them."""

    NO_PATH = "no_path"
    """No chain of names, key identifiers and signatures reaches the anchor."""
    SEARCH_LIMIT = "search_limit"
    """The search was ended by its bounds before a valid path was seen."""
    SIGNATURE = "signature"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"
    NO_CRL = "no_crl"
    """No list of the issuer's, signed by its key, covers the certificate."""
    CRL_EXPIRED = "crl_expired"
    POLICY = "policy"
    PATH_LENGTH = "path_length"
    BASIC_CONSTRAINTS = "basic_constraints"
    KEY_USAGE = "key_usage"
    NAME_CHAINING = "name_chaining"
    NAME_CONSTRAINTS = "name_constraints"
    CRITICAL_EXTENSION = "critical_extension"
    ALGORITHM = "algorithm"
    """A hash or a key size that policy refuses."""
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class PathRefusal:
    """Why one candidate path was refused: its first failure."""

    subject: str
    """Subject of the certificate to blame, as text."""
    index: int
    """Its place on the path: 0 is the anchor."""
    reason: RefusalReason
    text: str
    """For people, in English."""
    revoked_at: datetime | None = None
    revocation_reason: str | None = None
    """CRLReason as RFC 5280 5.3.1 spells it, e.g. ``keyCompromise``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathVerdict:
    """The outcome for one certificate."""

    valid: bool
    path: tuple[bytes, ...]
    """DER from the anchor to the target: the valid path, else the first that was refused."""
    policies: tuple[str, ...]
    """Dotted OIDs in the anchor's domain under which the path holds, sorted."""
    refusals: tuple[PathRefusal, ...]
    """One for each refused candidate, in the order they were tried."""
    candidates: int
    """How many paths were tried."""
