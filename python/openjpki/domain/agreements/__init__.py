"""Agreements of governors with verifiers (取決め, R4.3): notified, agreed, and when they bind."""

from openjpki.domain.agreements.agreement import Agreement, AgreementState
from openjpki.domain.agreements.content import content_sha256
from openjpki.domain.agreements.held import Held
from openjpki.domain.agreements.notification import Notification, VerifierKind
from openjpki.domain.agreements.quota import Beyond, Limits, Quota, Unit
from openjpki.domain.agreements.terms import Clauses, Period, Way

__all__ = [
    "Agreement",
    "AgreementState",
    "Beyond",
    "Clauses",
    "Held",
    "Limits",
    "Notification",
    "Period",
    "Quota",
    "Unit",
    "VerifierKind",
    "Way",
    "content_sha256",
]
