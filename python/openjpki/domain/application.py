"""The life of an application for a certificate, and what is recorded on the way.

The order is the report's: existence (R2.2.1) before identity (R2.2.2) before the key (R2.3)
before a second officer's decision (R9.2.1) before the certificate (R2.4.1), which is handed over
(R2.4.2). An officer who is dismissed in between takes their step along: it is done again by
another, and all after it. Taking the application is no such step: another officer answers for it,
and what was done since stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.window import OfficerId

_APPLICATIONS = UUID("5b7e3d52-8f0c-4f7e-9a35-1d6c6f2b9f11")
_DOCUMENT_KIND = re.compile(r"[a-z][a-z0-9-]{1,40}")


class ApplicationState(Enum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    """Taken; a resident with exactly these four attributes exists."""
    IDENTITY_CONFIRMED = "identity_confirmed"
    """The applicant is that resident."""
    KEY_PRESENTED = "key_presented"
    """A sound public key came with proof of possession."""
    APPROVED = "approved"
    """The authority has been or is about to be asked; no way back for the applicant."""
    ISSUED = "issued"
    """The certificate is made, and here; the applicant has not got it yet."""
    HANDED_OVER = "handed_over"
    """The applicant has it (R2.4.2), and may still say that what stands in it is wrong."""
    CLOSED = "closed"
    """There was a certificate, and nothing is left to be done about it here (ADR 39)."""
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    """It waited for a decision longer than policy lets."""

    @property
    def is_final(self) -> bool:
        """Whether nothing can happen to the application any more."""
        return self in _FINAL

    @property
    def is_open(self) -> bool:
        """Whether it may still become a certificate: a person has one such application."""
        return self in _OPEN

    @property
    def can_expire(self) -> bool:
        """Whether it waits for something that people at the window do. What is approved never
        expires: the authority may have signed."""
        return self in WAITING

    @property
    def has_certificate(self) -> bool:
        """Whether a certificate was made for it, whatever became of that since."""
        return self in WITH_CERTIFICATE


class ApplicationEvent(Enum):
    """What can happen to an application."""

    CONFIRM_IDENTITY = "confirm_identity"
    PRESENT_KEY = "present_key"
    APPROVE = "approve"
    REJECT = "reject"
    """By the second officer."""
    TAKE_OVER = "take_over"
    """Another officer answers for it, in the place of who took it."""
    WITHDRAW = "withdraw"
    """By the applicant, before the decision."""
    EXPIRE = "expire"
    """Nobody decided in the time that policy gives."""
    ISSUE = "issue"
    """The authority's certificate arrived."""
    HAND_OVER = "hand_over"
    """The applicant got the certificate and the governor's own, on their medium (R2.4.2)."""
    CLOSE = "close"
    """The applicant said that what it says is right, or said nothing for as long as policy lets."""
    END_CERTIFICATE = "end_certificate"
    """It lives no more: revoked, or expired and replaced."""
    AUTHORITY_REFUSED = "authority_refused"
    """The authority refused for good, e.g. because the key is another person's."""
    LOSE_CHECK = "lose_check"
    """Who checked identity is an officer no more before the authority certified: done again."""
    LOSE_KEY = "lose_key"
    """The same of who took the key."""
    LOSE_DECISION = "lose_decision"
    """The same of who approved, or may not decide; or of who took the application, which somebody
    takes over before it is decided anew."""


TRANSITIONS = {
    (ApplicationState.SUBMITTED, ApplicationEvent.CONFIRM_IDENTITY): (
        ApplicationState.IDENTITY_CONFIRMED
    ),
    (ApplicationState.IDENTITY_CONFIRMED, ApplicationEvent.PRESENT_KEY): (
        ApplicationState.KEY_PRESENTED
    ),
    (ApplicationState.KEY_PRESENTED, ApplicationEvent.APPROVE): ApplicationState.APPROVED,
    (ApplicationState.APPROVED, ApplicationEvent.ISSUE): ApplicationState.ISSUED,
    (ApplicationState.ISSUED, ApplicationEvent.HAND_OVER): ApplicationState.HANDED_OVER,
    (ApplicationState.HANDED_OVER, ApplicationEvent.CLOSE): ApplicationState.CLOSED,
    (ApplicationState.ISSUED, ApplicationEvent.END_CERTIFICATE): ApplicationState.CLOSED,
    (ApplicationState.HANDED_OVER, ApplicationEvent.END_CERTIFICATE): ApplicationState.CLOSED,
    (ApplicationState.APPROVED, ApplicationEvent.AUTHORITY_REFUSED): ApplicationState.REJECTED,
    (ApplicationState.APPROVED, ApplicationEvent.LOSE_CHECK): ApplicationState.SUBMITTED,
    (ApplicationState.APPROVED, ApplicationEvent.LOSE_KEY): ApplicationState.IDENTITY_CONFIRMED,
    (ApplicationState.APPROVED, ApplicationEvent.LOSE_DECISION): ApplicationState.KEY_PRESENTED,
    **{
        (state, ApplicationEvent.TAKE_OVER): state
        for state in (
            ApplicationState.SUBMITTED,
            ApplicationState.IDENTITY_CONFIRMED,
            ApplicationState.KEY_PRESENTED,
        )
    },
    (ApplicationState.SUBMITTED, ApplicationEvent.REJECT): ApplicationState.REJECTED,
    (ApplicationState.IDENTITY_CONFIRMED, ApplicationEvent.REJECT): ApplicationState.REJECTED,
    (ApplicationState.KEY_PRESENTED, ApplicationEvent.REJECT): ApplicationState.REJECTED,
    (ApplicationState.SUBMITTED, ApplicationEvent.WITHDRAW): ApplicationState.WITHDRAWN,
    (ApplicationState.IDENTITY_CONFIRMED, ApplicationEvent.WITHDRAW): ApplicationState.WITHDRAWN,
    (ApplicationState.KEY_PRESENTED, ApplicationEvent.WITHDRAW): ApplicationState.WITHDRAWN,
    (ApplicationState.SUBMITTED, ApplicationEvent.EXPIRE): ApplicationState.EXPIRED,
    (ApplicationState.IDENTITY_CONFIRMED, ApplicationEvent.EXPIRE): ApplicationState.EXPIRED,
    (ApplicationState.KEY_PRESENTED, ApplicationEvent.EXPIRE): ApplicationState.EXPIRED,
}
"""What may happen in each state, and the state after it: the one table of it. docs/applications.md
draws it."""
_FINAL = frozenset(ApplicationState) - {state for state, _ in TRANSITIONS}
WITH_CERTIFICATE = frozenset(
    {ApplicationState.ISSUED, ApplicationState.HANDED_OVER, ApplicationState.CLOSED}
)
WAITING = frozenset(state for state, event in TRANSITIONS if event is ApplicationEvent.EXPIRE)
_OPEN = frozenset(ApplicationState) - WITH_CERTIFICATE - _FINAL


_STEPS = (
    ApplicationEvent.CONFIRM_IDENTITY,
    ApplicationEvent.PRESENT_KEY,
    ApplicationEvent.APPROVE,
    ApplicationEvent.ISSUE,
    ApplicationEvent.HAND_OVER,
)
"""On the way to a certificate in the applicant's hands, in their order."""


def transition(state: ApplicationState, event: ApplicationEvent) -> ApplicationState:
    """The state after ``event``; WRONG_STATE if not allowed. Its metadata names both, and under
    ``missing`` the steps, with commas, that are to be done before; nothing where none would do."""
    following = TRANSITIONS.get((state, event))
    if following is not None:
        return following
    named = {"state": state.value, "event": event.value}
    missing = [step.value for step in _missing(state, event)]
    if missing:
        first = ", ".join(missing)
        raise OpenJpkiError(
            Reason.WRONG_STATE,
            f"an application that is {state.value} cannot {event.value} before {first}",
            **named,
            missing=",".join(missing),
        )
    raise OpenJpkiError(
        Reason.WRONG_STATE, f"an application that is {state.value} cannot {event.value}", **named
    )


def _missing(state: ApplicationState, event: ApplicationEvent) -> list[ApplicationEvent]:
    """The steps that lead from the state to one in which the event is allowed."""
    steps: list[ApplicationEvent] = []
    for step in _STEPS:
        following = TRANSITIONS.get((state, step))
        if following is None:
            continue
        steps.append(step)
        if (following, event) in TRANSITIONS:
            return steps
        state = following
    return []


class IdentityEvidence(Enum):
    """The two ways of making sure that the applicant is the resident (R2.2.2)."""

    PHOTO_DOCUMENT = "photo_document"
    """An official document with a photograph."""
    DOCUMENT_AND_QUESTIONS = "document_and_questions"
    """Another document, and questions checked against its source record."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of those that the rules of windows have."""

    question: str
    right: bool
    """Whether the answer was as the document's source record has it. The answer is not kept."""


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    """How, by whom and when identity was checked. Never a document's number or image (R7.1)."""

    evidence: IdentityEvidence
    document_kind: str
    """Lower case with hyphens, e.g. ``drivers-licence``."""
    officer: OfficerId
    checked_at: datetime
    """Aware."""
    further_documents: tuple[str, ...] = ()
    """Kinds, as ``document_kind``."""
    asked: tuple[Asked, ...] = ()
    rules_version: str | None = None
    """Of the rules that it was enough for; None where that was not kept."""

    def __post_init__(self) -> None:
        require_document_kind(self.document_kind, field="check.document_kind")
        if self.checked_at.utcoffset() is None:
            raise ValueError("the moment of the check needs a time zone")


def require_document_kind(text: str, *, field: str) -> None:
    """Raises ``INVALID_FIELD`` unless it names a kind of document and not its number."""
    # Letters first and no long digits: a document's number does not fit here by accident.
    if not _DOCUMENT_KIND.fullmatch(text) or re.search("[0-9]{4}", text):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must name a kind of document in a-z, 0-9 and hyphens, never its number",
            field=field,
        )


def application_id_of(officer: str, request_id: str) -> str:
    """Id of the one application that an officer's call can open: UUID in lower case.

    ``officer``: the path of their SPIFFE id (``window-officer/13101/tanaka``). It follows from the
    call, so the same call opens the same application after a crash, and whoever has the officer's
    statement knows which application it is about; two officers who happen to choose the same id for
    their calls still open two.
    """
    return str(uuid5(_APPLICATIONS, f"{officer} {request_id}"))
