"""Whether an officer holds the key that is to be enrolled, and asked this service to know it."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from openjpki.domain.evidence import OfficerKeyPresented
from openjpki.domain.officers.enrolment import CLOCK_SKEW, PRESENTED_WITHIN
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cose import require_signed

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.evidence import OfficerSignature
    from openjpki.evidence.public_key import StatementPublicKey


def require_presented(
    key: StatementPublicKey,
    presented: OfficerSignature,
    *,
    service: str,
    now: datetime,
    field: str = "presented",
) -> None:
    """Raises ``EVIDENCE_SIGNATURE_INVALID`` unless the officer signed with this key that it is
    presented to this service, ``EVIDENCE_STALE`` unless that was lately."""
    statement = OfficerKeyPresented(
        occasion=presented.occasion, service=service, key_sha256=key.sha256
    )
    if not hmac.compare_digest(presented.key_sha256, key.sha256):
        raise OpenJpkiError(
            Reason.EVIDENCE_SIGNATURE_INVALID,
            "must be of the key that is presented",
            field=f"{field}.key_sha256",
        )
    require_signed(statement, presented.signature, key, field=field)
    if not -CLOCK_SKEW <= now - presented.occasion.signed_at <= PRESENTED_WITHIN:
        raise OpenJpkiError(
            Reason.EVIDENCE_STALE,
            f"must be signed within the last {PRESENTED_WITHIN.days} days",
            field=field,
        )
