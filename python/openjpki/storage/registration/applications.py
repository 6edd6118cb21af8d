"""Applications without their personal data: state, officers, key, decision, certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal_column, select, update

from openjpki.domain.application import WITH_CERTIFICATE, ApplicationState
from openjpki.domain.application_end import RejectionReason, WithdrawalReason
from openjpki.domain.application_kind import ApplicationKind
from openjpki.domain.certificate_hand_over import (
    Closed,
    Closing,
    Handing,
    HandOver,
    Medium,
    Recipient,
)
from openjpki.domain.window import OfficerId
from openjpki.storage.kernel.columns import holds, insert_if_absent
from openjpki.storage.kernel.requests import RequestKey
from openjpki.storage.registration.tables import applications as _applications

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Column, Row, Select

    from openjpki.domain.application_end import EndReason
    from openjpki.storage.kernel.transaction import Reading, Transaction


_DECISION = (
    "decided_by",
    "decided_at",
    "decision_method",
    "decision_caller",
    "decision_request_id",
    "decision_digest",
    "issue_request_id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApplication:
    """An application as it is taken."""

    application_id: str
    """UUID, lower case."""
    municipality_code: str
    window_id: str
    person_reference: bytes
    """32 octets; the same for every application of one person."""
    submitted_by: OfficerId
    submitted_at: datetime
    accepted_terms: str | None = None
    """Their version; None where none were in force."""
    kind: ApplicationKind = ApplicationKind.FIRST_ISSUE
    renews: bytes | None = None
    """Of a renewal: serial number of the certificate that it is to replace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A second officer's yes, and the call to the authority that follows from it."""

    officer: OfficerId
    at: datetime
    request: RequestKey
    """The officer's call, which the certificate will answer."""
    issue_request_id: str
    """Request id of the call to the authority: the same at every attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What the authority made."""

    serial: bytes
    """Big-endian, minimal."""
    not_after: datetime
    issuer_sha256: bytes
    """Of the authority's self-signed certificate in ``issuers``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regained:
    """An application that is known again from its certificate alone."""

    application_id: str
    municipality_code: str
    window_id: str
    person_reference: bytes
    officer: OfficerId
    """Who stands for whoever took it."""
    at: datetime
    key_fingerprint: bytes
    issuer: bytes
    """The authority's certificate, X.509, DER."""
    serial: bytes
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRecord:
    """An application as it stands."""

    application_id: str
    municipality_code: str
    window_id: str
    person_reference: bytes
    state: ApplicationState
    live: bool
    """Its certificate is neither revoked nor known to have expired."""
    submitted_by: OfficerId
    submitted_at: datetime
    checked_by: OfficerId | None
    key_fingerprint: bytes | None
    """SHA-256 of the SubjectPublicKeyInfo."""
    decided_by: OfficerId | None
    decided_at: datetime | None
    approval: Approval | None
    refusal: str | None
    """Reason for which the authority refused for good."""
    end_reason: EndReason | None
    """Of a rejection by an officer or a withdrawal; None where none was kept."""
    ended_at: datetime | None
    """Of a rejection, a refusal or a withdrawal; None where it was not kept."""
    ended_by: OfficerId | None
    """Who rejected it, or took the withdrawal; None where that was not kept."""
    issued: Issued | None
    revoked_at: datetime | None
    handed_over: HandOver | None
    closed: Closed | None
    accepted_terms: str | None = None
    """None where none were in force, or it was not kept."""
    kind: ApplicationKind = ApplicationKind.FIRST_ISSUE
    renews: bytes | None = None
    """Of a renewal: serial number of the certificate that it is to replace."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Applications that wait for the same thing."""

    count: int
    since: datetime | None
    """Of the one that has waited longest."""


def add(tx: Transaction, new: NewApplication) -> bool:
    """Keep a new application; False if there is one of this id, or the person has one that is
    open."""
    return insert_if_absent(
        tx,
        _applications,
        application_id=new.application_id,
        municipality_code=new.municipality_code,
        window_id=new.window_id,
        person_reference=new.person_reference,
        state=ApplicationState.SUBMITTED.value,
        open=True,
        live=False,
        submitted_by=new.submitted_by.text,
        submitted_at=new.submitted_at,
        accepted_terms=new.accepted_terms,
        kind=new.kind.value,
        renews=new.renews,
    )


def get(tx: Reading, municipality_code: str, application_id: str) -> ApplicationRecord | None:
    """An application of this municipality, or None: another's can't be told from none."""
    return _one(tx, _of(municipality_code, application_id))


def lock(tx: Transaction, municipality_code: str, application_id: str) -> ApplicationRecord | None:
    """As :func:`get`; nobody else changes it until this transaction ends."""
    return _one(tx, _of(municipality_code, application_id).with_for_update())


def by_serial(tx: Reading, municipality_code: str, serial: bytes) -> ApplicationRecord | None:
    """The application whose certificate this municipality handed out, or None."""
    return _one(
        tx,
        select(_applications).where(
            _applications.c.municipality_code == municipality_code,
            _applications.c.serial == serial,
        ),
    )


def live_of(tx: Reading, person_reference: bytes) -> ApplicationRecord | None:
    """The application behind the person's live certificate, or None."""
    return _one(
        tx,
        select(_applications).where(
            _applications.c.person_reference == person_reference, holds(_applications.c.live)
        ),
    )


def issued_to(
    tx: Reading, municipality_code: str, person_reference: bytes, *, at_most: int
) -> list[ApplicationRecord]:
    """Those of a person that ended in a certificate which this municipality handed out, newest
    first."""
    rows = tx.connection.execute(
        select(_applications)
        .where(
            _applications.c.person_reference == person_reference,
            _applications.c.state.in_(sorted(state.value for state in WITH_CERTIFICATE)),
            _applications.c.municipality_code == municipality_code,
        )
        .order_by(_applications.c.submitted_at.desc(), _applications.c.application_id.desc())
        .limit(at_most)
    )
    return [_record(row) for row in rows]


def certificate_before(tx: Reading, application: ApplicationRecord) -> ApplicationRecord | None:
    """The person's newest one with a certificate that was taken before this one, in whichever
    municipality; None where there is none."""
    return _one(
        tx,
        select(_applications)
        .where(
            _applications.c.person_reference == application.person_reference,
            _applications.c.state.in_(sorted(state.value for state in WITH_CERTIFICATE)),
            _applications.c.submitted_at < application.submitted_at,
        )
        .order_by(_applications.c.submitted_at.desc(), _applications.c.application_id.desc())
        .limit(1),
    )


def open_of(tx: Reading, person_reference: bytes) -> ApplicationRecord | None:
    """The person's application that is not decided yet, or None."""
    return _one(
        tx,
        select(_applications).where(
            _applications.c.person_reference == person_reference, holds(_applications.c.open)
        ),
    )


def approved(tx: Reading) -> list[tuple[str, str]]:
    """(municipality, application) of every approval not answered by the authority, oldest first."""
    rows = tx.connection.execute(
        select(_applications.c.municipality_code, _applications.c.application_id)
        .where(_applications.c.state == ApplicationState.APPROVED.value)
        .order_by(_applications.c.decided_at)
    )
    return [(row.municipality_code, row.application_id) for row in rows]


def undecided(tx: Reading) -> Waiting:
    """Those whose key was presented: the second officer's turn. Since they were submitted."""
    return _waiting(tx, ApplicationState.KEY_PRESENTED, _applications.c.submitted_at)


def unanswered(tx: Reading) -> Waiting:
    """Those approved: the authority's turn. Since they were approved."""
    return _waiting(tx, ApplicationState.APPROVED, _applications.c.decided_at)


def confirm_identity(tx: Transaction, application_id: str, officer: OfficerId) -> None:
    """Enter who made sure that the applicant is the resident."""
    change(tx, application_id, state=ApplicationState.IDENTITY_CONFIRMED, checked_by=officer.text)


def present_key(tx: Transaction, application_id: str, fingerprint: bytes) -> None:
    """Enter the key."""
    change(tx, application_id, state=ApplicationState.KEY_PRESENTED, key_fingerprint=fingerprint)


def approve(tx: Transaction, application_id: str, approval: Approval) -> None:
    """Enter the approval: from its commit on the authority may be asked, as often as needed."""
    change(
        tx,
        application_id,
        state=ApplicationState.APPROVED,
        decided_by=approval.officer.text,
        decided_at=approval.at,
        decision_method=approval.request.method,
        decision_caller=approval.request.caller,
        decision_request_id=approval.request.request_id,
        decision_digest=approval.request.digest,
        issue_request_id=approval.issue_request_id,
    )


def issue(tx: Transaction, application_id: str, issued: Issued) -> None:
    """Enter the certificate, which lives from now on."""
    change(
        tx,
        application_id,
        state=ApplicationState.ISSUED,
        live=True,
        serial=issued.serial,
        not_after=issued.not_after,
        issuer_sha256=issued.issuer_sha256,
    )


def reject(
    tx: Transaction,
    application_id: str,
    officer: OfficerId,
    at: datetime,
    reason: RejectionReason,
) -> None:
    """Enter the second officer's no."""
    change(
        tx,
        application_id,
        state=ApplicationState.REJECTED,
        decided_by=officer.text,
        decided_at=at,
        end_reason=reason.value,
        ended_at=at,
        ended_by=officer.text,
    )


def refuse(tx: Transaction, application_id: str, reason: str, at: datetime) -> None:
    """Enter that the authority refused for good, and why (name of a ``Reason``)."""
    change(tx, application_id, state=ApplicationState.REJECTED, refusal=reason, ended_at=at)


def send_back(tx: Transaction, application_id: str, state: ApplicationState) -> None:
    """Enter that it stands where it stood before somebody's step, which counts no more: nor does
    what came after it."""
    undone: dict[str, None] = dict.fromkeys(_DECISION)
    if state is not ApplicationState.KEY_PRESENTED:
        undone["key_fingerprint"] = None
    if state is ApplicationState.SUBMITTED:
        undone["checked_by"] = None
    change(tx, application_id, state=state, **undone)


def withdraw(
    tx: Transaction,
    application_id: str,
    officer: OfficerId,
    at: datetime,
    reason: WithdrawalReason,
) -> None:
    """Enter that the applicant took it back, at this officer's desk."""
    change(
        tx,
        application_id,
        state=ApplicationState.WITHDRAWN,
        end_reason=reason.value,
        ended_at=at,
        ended_by=officer.text,
    )


def regain(tx: Transaction, one: Regained, issuer_sha256: bytes) -> bool:
    """Enter the certificate of an application that has none here, or that is not here at all;
    False where it is known. Of a person with two live ones, the first keeps the place."""
    found = get(tx, one.municipality_code, one.application_id)
    if found is not None and found.issued is not None:
        return False
    if found is None:
        tx.connection.execute(
            _applications.insert().values(
                application_id=one.application_id,
                municipality_code=one.municipality_code,
                window_id=one.window_id,
                person_reference=one.person_reference,
                state=ApplicationState.WITHDRAWN.value,
                open=False,
                live=False,
                submitted_by=one.officer.text,
                submitted_at=one.at,
                key_fingerprint=one.key_fingerprint,
                decided_at=one.at,
            )
        )
    change(
        tx,
        one.application_id,
        state=ApplicationState.ISSUED,
        live=live_of(tx, one.person_reference) is None,
        refusal=None,
        end_reason=None,
        ended_at=None,
        ended_by=None,
        serial=one.serial,
        not_after=one.not_after,
        issuer_sha256=issuer_sha256,
    )
    return True


def live_by_serial(tx: Reading, serial: bytes) -> ApplicationRecord | None:
    """The application behind a live certificate, or None."""
    return _one(
        tx,
        select(_applications).where(_applications.c.serial == serial, holds(_applications.c.live)),
    )


def end_life(tx: Transaction, application_id: str, revoked_at: datetime | None) -> bool:
    """Free the person's place: the certificate was revoked, or (None) has expired.

    False if it was free already.
    """
    result = tx.connection.execute(
        update(_applications)
        .where(_applications.c.application_id == application_id, holds(_applications.c.live))
        .values(live=False, revoked_at=revoked_at)
    )
    return result.rowcount == 1


def _of(municipality_code: str, application_id: str) -> Select[Any]:
    return select(_applications).where(
        _applications.c.application_id == application_id,
        _applications.c.municipality_code == municipality_code,
    )


def _waiting(tx: Reading, state: ApplicationState, since: Column[datetime]) -> Waiting:
    # The state as text, not as a parameter: only so do the partial indexes serve.
    condition = _applications.c.state == literal_column(f"'{state.value}'")
    count, oldest = tx.connection.execute(
        select(func.count(), func.min(since)).where(condition)
    ).one()
    return Waiting(count, oldest)


def _one(tx: Reading, query: Select[Any]) -> ApplicationRecord | None:
    row = tx.connection.execute(query).first()
    return None if row is None else _record(row)


def change(tx: Transaction, application_id: str, *, state: ApplicationState, **values: Any) -> None:
    """Enter a state, with what is to be kept of it. For what this folder says of each step."""
    tx.connection.execute(
        update(_applications)
        .where(_applications.c.application_id == application_id)
        .values(state=state.value, open=state.is_open, **values)
    )


def _record(row: Row[Any]) -> ApplicationRecord:
    return ApplicationRecord(
        application_id=row.application_id,
        municipality_code=row.municipality_code,
        window_id=row.window_id,
        person_reference=bytes(row.person_reference),
        state=ApplicationState(row.state),
        live=row.live,
        submitted_by=OfficerId(row.submitted_by),
        submitted_at=row.submitted_at,
        checked_by=_officer(row.checked_by),
        key_fingerprint=None if row.key_fingerprint is None else bytes(row.key_fingerprint),
        decided_by=_officer(row.decided_by),
        decided_at=row.decided_at,
        approval=_approval(row),
        refusal=row.refusal,
        end_reason=_end_reason(ApplicationState(row.state), row.end_reason),
        ended_at=row.ended_at,
        ended_by=_officer(row.ended_by),
        accepted_terms=row.accepted_terms,
        kind=ApplicationKind(row.kind),
        renews=None if row.renews is None else bytes(row.renews),
        issued=_issued(row),
        revoked_at=row.revoked_at,
        handed_over=_handed_over(row),
        closed=None if row.closed_at is None else Closed(Closing(row.closing), row.closed_at),
    )


def _officer(text: str | None) -> OfficerId | None:
    return None if text is None else OfficerId(text)


def _end_reason(state: ApplicationState, text: str | None) -> EndReason | None:
    if text is None:
        return None
    of_applicant = state is ApplicationState.WITHDRAWN
    return WithdrawalReason(text) if of_applicant else RejectionReason(text)


def _approval(row: Row[Any]) -> Approval | None:
    if row.issue_request_id is None:
        return None
    return Approval(
        officer=OfficerId(row.decided_by),
        at=row.decided_at,
        request=RequestKey(
            row.decision_method,
            row.decision_caller,
            row.decision_request_id,
            bytes(row.decision_digest),
        ),
        issue_request_id=row.issue_request_id,
    )


def _issued(row: Row[Any]) -> Issued | None:
    if row.serial is None:
        return None
    return Issued(
        serial=bytes(row.serial),
        not_after=row.not_after,
        issuer_sha256=bytes(row.issuer_sha256),
    )


def _handed_over(row: Row[Any]) -> HandOver | None:
    if row.handed_over_at is None:
        return None
    handing = Handing(
        recipient=Recipient(row.recipient),
        medium=Medium(row.medium),
        terms_version=row.terms_version or "",
        with_copy=row.with_copy,
    )
    return HandOver(handing, OfficerId(row.handed_over_by), row.handed_over_at)
