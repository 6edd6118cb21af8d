"""Who did what about an application: what a second officer sees before deciding.

Put together from what the steps have kept; a step that was undone and done again is there as it was
done last. All that ever happened is in the journal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from openjpki.domain.application import ApplicationState
from openjpki.domain.evidence import StatementKind
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.receipts import ISSUE
from openjpki.storage.registration import identity_checks, officer_signatures, receipts
from openjpki.storage.registration.identity_checks import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openjpki.domain.application import IdentityCheck
    from openjpki.domain.evidence import OfficerSignature
    from openjpki.domain.window import OfficerId
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.registration.applications import ApplicationRecord


class StepKind(Enum):
    """What was done."""

    SUBMITTED = "submitted"
    TAKEN_OVER = "taken_over"
    IDENTITY_CHECKED = "identity_checked"
    KEY_PRESENTED = "key_presented"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    """By the authority, for good."""
    ISSUED = "issued"
    EXPIRED = "expired"
    HANDED_OVER = "handed_over"
    CLOSED = "closed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Step:
    """One of them."""

    kind: StepKind
    officer: OfficerId | None
    """None where the authority did it, or it was not kept."""
    at: datetime | None
    """By the officer's clock where they handed the key in or took it over, by the authority's where
    that did it, else by the service's; None where it was not kept."""


@dataclass(frozen=True, slots=True)
class History:
    """Of one application."""

    checks: list[IdentityCheck]
    """For the certificate, oldest first."""
    steps: list[Step]
    """In the order of the procedure."""


def history_of(tx: Reading, application: ApplicationRecord) -> History:
    """What is kept of it, but for what can't be read."""
    application_id = application.application_id
    signed = officer_signatures.of_application(tx, application_id, left_out=tell_left_out)
    checks = identity_checks.of_application(
        tx, application_id, Purpose.ISSUE, left_out=tell_left_out
    )
    return History(checks, list(_steps(tx, application, signed, checks)))


def _steps(
    tx: Reading,
    application: ApplicationRecord,
    signed: dict[StatementKind, OfficerSignature],
    checks: list[IdentityCheck],
) -> Iterator[Step]:
    yield Step(StepKind.SUBMITTED, application.submitted_by, application.submitted_at)
    yield from _signed(signed, StatementKind.APPLICATION_TAKEN_OVER, StepKind.TAKEN_OVER)
    for check in checks:
        yield Step(StepKind.IDENTITY_CHECKED, check.officer, check.checked_at)
    yield from _signed(signed, StatementKind.KEY_PRESENTED, StepKind.KEY_PRESENTED)
    yield from _decision(application)
    if application.issued is not None:
        made = [
            one.statement.made_at
            for one in receipts.of_application(
                tx, application.application_id, left_out=tell_left_out
            )
            if one.statement.method == ISSUE
        ]
        yield Step(StepKind.ISSUED, None, made[0] if made else None)
    if application.handed_over is not None:
        handed = application.handed_over
        yield Step(StepKind.HANDED_OVER, handed.officer, handed.at)
    if application.revoked_at is not None:
        yield Step(StepKind.REVOKED, None, application.revoked_at)
    if application.closed is not None:
        yield Step(StepKind.CLOSED, None, application.closed.at)


def _decision(application: ApplicationRecord) -> Iterator[Step]:
    ended = application.ended_by, application.ended_at
    if application.state is ApplicationState.WITHDRAWN:
        yield Step(StepKind.WITHDRAWN, *ended)
    elif application.state is ApplicationState.EXPIRED:
        yield Step(StepKind.EXPIRED, *ended)
    elif application.state is ApplicationState.REJECTED and application.refusal is None:
        yield Step(StepKind.REJECTED, application.decided_by, application.decided_at)
    elif application.approval is not None:
        yield Step(StepKind.APPROVED, application.approval.officer, application.approval.at)
    if application.refusal is not None:
        yield Step(StepKind.REFUSED, None, application.ended_at)


def _signed(
    signed: dict[StatementKind, OfficerSignature], kind: StatementKind, step: StepKind
) -> Iterator[Step]:
    if (signature := signed.get(kind)) is not None:
        occasion = signature.occasion
        yield Step(step, occasion.officer.account, occasion.signed_at)
