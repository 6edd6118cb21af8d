"""What a verifier notifies a governor of before it may ask (届出, R4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from datetime import datetime


class VerifierKind(Enum):
    """Who may be a verifier; the value is how it is written down."""

    GOVERNMENT_BODY = "government_body"
    """Of the state or of local governments (行政機関等)."""
    ACCREDITED = "accredited"
    """A business accredited under the act on electronic signatures (認定認証事業者)."""
    APPROVED = "approved"
    """One that the minister approved as its like (これに準ずる事業者)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One notification. Of a business it has the accreditation and its end, or it can't be made."""

    name: str
    """Of the body or business, with its seat: whom the agreement is with."""
    kind: VerifierKind
    accreditation: str | None
    """What it is called; None of a government body."""
    accredited_until: datetime | None
    """Aware. From then on the verifier has no access; None of a government body."""
    notified_by: str
    """The office or post that notified, never a person's name."""
    notified_at: datetime
    """Aware."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        is_business = self.kind is not VerifierKind.GOVERNMENT_BODY
        for field in ("accreditation", "accredited_until"):
            if (getattr(self, field) is not None) is not is_business:
                raise OpenJpkiError(
                    Reason.INVALID_FIELD,
                    "must be stated of a business, and of no government body",
                    field=f"notification.{field}",
                )
