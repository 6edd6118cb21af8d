"""What partners and cross-certifications can be; the values stand in the tables."""

from __future__ import annotations

from enum import Enum


class PartnerKind(Enum):
    """What a partner is."""

    PREFECTURAL = "prefectural"
    """An authority of this service; its id is the authority's."""
    FOREIGN = "foreign"


class Direction(Enum):
    """Which of the two certificates."""

    TO_PARTNER = "to_partner"
    """Issued by the service bridge."""
    FROM_PARTNER = "from_partner"


class State(Enum):
    """Where a cross-certification stands."""

    PENDING = "pending"
    APPROVED = "approved"
    """By two officers, durably; the certificate will exist, unless it is refused for good."""
    ISSUED = "issued"
    REJECTED = "rejected"
    """By an officer, or after the approvals for a reason that is kept."""
    REVOKED = "revoked"
    """Its certificate was ended by two officers: no path goes through it any more."""


class RevocationState(Enum):
    """Where the end of a cross certificate stands."""

    PROPOSED = "proposed"
    """By one officer."""
    APPROVED = "approved"
    """By another, durably; the authority that issued it is still to be told."""
    DONE = "done"
    """Whoever issued it has revoked it, or is another infrastructure, which we can't tell."""
