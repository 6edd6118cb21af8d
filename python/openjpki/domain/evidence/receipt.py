"""What a service says it did, for the caller to keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from openjpki.domain.evidence.statement import (
    StatementKind,
    require_sha256,
    require_uuid,
    seconds,
)

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.evidence.statement import Claims


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """This request came from this caller and had this result; signed with the service's own key."""

    kind: ClassVar[StatementKind] = StatementKind.RECEIPT

    service: str
    """Who did it: ``ca``."""
    method: str
    """Of the contract, e.g. ``IssueCertificate``."""
    caller: str
    """SPIFFE id of the caller."""
    request_id: str
    """UUID in lower case."""
    request_sha256: bytes
    """32 octets."""
    result_sha256: bytes
    """32 octets."""
    made_at: datetime
    """Aware, whole seconds."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``; ``ValueError`` for a moment without zone or with a fraction."""
        require_uuid(self.request_id, field="request_id")
        require_sha256(self.request_sha256, field="request_sha256")
        require_sha256(self.result_sha256, field="result_sha256")
        seconds(self.made_at)

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {
            "by": self.service,
            "method": self.method,
            "caller": self.caller,
            "request_id": self.request_id,
            "request": self.request_sha256,
            "result": self.result_sha256,
            "at": seconds(self.made_at),
        }
