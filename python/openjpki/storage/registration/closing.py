"""What is kept of an application after its certificate was made: handed over, and closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.application import ApplicationState
from openjpki.storage.registration.applications import change

if TYPE_CHECKING:
    from openjpki.domain.certificate_hand_over import Closed, HandOver
    from openjpki.storage.kernel.transaction import Transaction


def hand_over(tx: Transaction, application_id: str, handed: HandOver) -> None:
    """Enter that the applicant has the certificate."""
    change(
        tx,
        application_id,
        state=ApplicationState.HANDED_OVER,
        handed_over_at=handed.at,
        handed_over_by=handed.officer.text,
        recipient=handed.handing.recipient.value,
        medium=handed.handing.medium.value,
        terms_version=handed.handing.terms_version or None,
        with_copy=handed.handing.with_copy,
    )


def close(tx: Transaction, application_id: str, closed: Closed) -> None:
    """Enter that nothing is left to be done."""
    change(
        tx,
        application_id,
        state=ApplicationState.CLOSED,
        closed_at=closed.at,
        closing=closed.closing.value,
    )
