"""What an agency is told of a certificate's status, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.certificate_status import CertificateStatus


CRL_REASONS = {
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
    9: "privilegeWithdrawn",
    10: "aACompromise",
}
"""RFC 5280, 5.3.1."""


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """The status service answered."""

    as_of: datetime
    """As of when its answer is true; seconds ago, or up to a day (docs/status-feed.md) while the
    service does not hear from the authority."""

    def __str__(self) -> str:
        return f"status service, as of {self.as_of:%F %T}Z"


@dataclass(frozen=True, slots=True)
class ListedStatus:
    """A revocation list spoke in the status service's place, which was away or was not to be asked:
    what was revoked after it was made is not in it."""

    number: int
    """cRLNumber (RFC 5280 5.2.3)."""
    this_update: datetime
    """As of when the list is true."""
    next_update: datetime
    """Until when it may be relied on."""
    offline: bool = False
    """Whether no service was to be asked."""
    set_of: datetime | None = None
    """When ca signed which lists there are; this one is of them, or came later."""

    def __str__(self) -> str:
        if self.offline:
            return f"revocation list {self.number}, as of {self.this_update:%F %T}Z, offline"
        return (
            f"revocation list {self.number}, as of {self.this_update:%F %T}Z, while the status "
            f"service is away"
        )


StatusSource = LiveStatus | ListedStatus


@dataclass(frozen=True, slots=True)
class ToldStatus:
    """A certificate's status and who says so."""

    status: CertificateStatus
    """Of a list never ``UNKNOWN``: it names what is revoked, and says nothing of what was never
    issued."""
    reason: int
    """CRLReason (RFC 5280 5.3.1); 0 unless revoked."""
    revoked_at: datetime | None
    """None unless revoked."""
    source: StatusSource
