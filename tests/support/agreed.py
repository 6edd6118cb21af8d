"""Agreements as values, for what asks no service."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from openjpki.domain.agreements import (
    Agreement,
    AgreementState,
    Clauses,
    Notification,
    Period,
    VerifierKind,
    Way,
)
from openjpki.domain.authority import AuthorityId

BEGINS = datetime(2025, 4, 1, tzinfo=UTC)
ENDS = datetime(2029, 4, 1, tzinfo=UTC)
BODY = Notification(
    name="国税庁（東京都千代田区）",
    kind=VerifierKind.GOVERNMENT_BODY,
    accreditation=None,
    accredited_until=None,
    notified_by="長官官房",
    notified_at=BEGINS,
)
CLAUSES = Clauses(
    purpose="電子申告の署名の検証",
    liability_cap_yen=None,
    safety="施錠した区画",
    secrecy="守秘義務",
    document_sha256=None,
)


def agreement(
    verifier_id: str = "tax-office",
    authority_id: AuthorityId = AuthorityId.signing("13"),  # noqa: B008 - immutable
    **changes: Any,
) -> Agreement:
    """In force, in every way, with a government body."""
    values: dict[str, Any] = {
        "version": 1,
        "state": AgreementState.IN_FORCE,
        "notification": BODY,
        "ways": frozenset(Way),
        "period": Period(BEGINS, ENDS),
        "clauses": CLAUSES,
        "proposed_by": "spiffe://test/governor-officer/signing-13/mori",
        "proposed_at": BEGINS,
    }
    return Agreement(verifier_id=verifier_id, authority_id=authority_id, **{**values, **changes})


def taken_over(verifier_id: str, authority_id: AuthorityId) -> Agreement:
    """From before there were agreements."""
    return agreement(
        verifier_id,
        authority_id,
        notification=None,
        clauses=None,
        period=Period(BEGINS, None),
        proposed_by="ocsp",
    )
