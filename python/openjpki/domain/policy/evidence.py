"""How fresh officers' statements must be, and which of them must be different people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class EvidencePolicy:
    """What an authority asks of the statements that an act rests on (R9.2.1)."""

    submitted_within: timedelta = timedelta(days=30)
    """From an application's submission to its certificate."""
    checked_within: timedelta = timedelta(days=30)
    """From the identity check, and from the presentation of the key, to the certificate."""
    decided_within: timedelta = timedelta(days=3)
    """From the decision to the certificate: as long as a service may be away over a weekend."""
    revocation_within: timedelta = timedelta(days=1)
    """From the window, or the governor's officer, to the revocation information."""
    cross_approved_within: timedelta = timedelta(days=30)
    """From the first approval of a cross-certification to its certificate, and from the first
    officer's will to end one to the revocation information."""
    clock_skew: timedelta = timedelta(minutes=5)
    """How far ahead of this service's clock a signer's may be."""
    approver_did_not_check: bool = True
    """Whether who decides must be another than who checked identity."""
    approver_did_not_submit: bool = True
    """Whether who decides must be another than who took the application."""
    cross_approvers: int = 2
    """How many different officers approve a cross-certification."""
