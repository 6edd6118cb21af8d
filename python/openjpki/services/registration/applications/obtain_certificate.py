"""From an approval to the certificate, as often as it takes: the same order, the same answer.

Used by the deciding officer's call and, when that could not be answered, by the completion of
pending approvals. Both may run at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.application import ApplicationEvent, ApplicationState, transition
from openjpki.domain.evidence import StatementKind
from openjpki.domain.evidence.revocation import IdentitySeen
from openjpki.domain.municipality import Municipality
from openjpki.domain.policy import EvidencePolicy
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.final_reasons import (
    CLOCK_DECIDED,
    CLOCKS_MENDED_WITHIN,
    FINAL_REASONS,
)
from openjpki.services.common.journal_time import surely_passed
from openjpki.services.registration.applications.answers import ApplicationAnswer, not_found
from openjpki.services.registration.applications.issued_certificate import check_issued
from openjpki.services.registration.applications.replaced import end_replaced, ended_at
from openjpki.services.registration.authority import IssueOrder
from openjpki.services.registration.journal import (
    APPLICATION_ISSUED,
    APPLICATION_REFUSED,
    APPLICATION_RETURNED,
)
from openjpki.storage.registration import (
    applications,
    identity_checks,
    issuers,
    officer_signatures,
    personal_data,
    receipts,
)
from openjpki.storage.registration.applications import Issued
from openjpki.storage.registration.identity_checks import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from openjpki.domain.evidence import OfficerSignature
    from openjpki.domain.officers import Officer
    from openjpki.services.registration.authority import IssuedCertificate
    from openjpki.services.registration.context import RegistrationContext
    from openjpki.storage.kernel.acts import Act, Value
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.registration.applications import ApplicationRecord, Approval

_FINAL_REFUSALS = FINAL_REASONS | {
    Reason.LIVE_CERTIFICATE_EXISTS,
    # Of the certificate that a renewal is to replace.
    Reason.ALREADY_REVOKED,
    Reason.CERTIFICATE_NOT_FOUND,
    Reason.NAME_NOT_IN_REPERTOIRE,
    Reason.FORBIDDEN_CHARACTER,
    Reason.DATE_DOES_NOT_EXIST,
    Reason.UNKNOWN_MUNICIPALITY,
    Reason.OFFICER_REVOKED,
    Reason.OFFICER_OUT_OF_SCOPE,
    Reason.EVIDENCE_SIGNATURE_INVALID,
    Reason.SAME_OFFICER,
}
_NEEDED = {
    StatementKind.APPLICATION_SUBMITTED,
    StatementKind.IDENTITY_CHECKED,
    StatementKind.KEY_PRESENTED,
    StatementKind.APPLICATION_DECIDED,
}
_OFFICER_GONE = {Reason.OFFICER_REVOKED, Reason.OFFICER_KEY_NOT_VALID}
_LOST = {
    "checked": (StatementKind.IDENTITY_CHECKED, ApplicationEvent.LOSE_CHECK),
    "presented": (StatementKind.KEY_PRESENTED, ApplicationEvent.LOSE_KEY),
    "decided": (StatementKind.APPLICATION_DECIDED, ApplicationEvent.LOSE_DECISION),
    # Somebody takes it over, in whatever state; only the decision waits for that.
    "submitted": (StatementKind.APPLICATION_SUBMITTED, ApplicationEvent.LOSE_DECISION),
    "taken_over": (StatementKind.APPLICATION_TAKEN_OVER, ApplicationEvent.LOSE_DECISION),
}
"""By the field of the order with a signature that counts no more: what it states, and what happens
to the application. In the order of the steps, first the one that undoes most."""
_STATED_AFTER = {
    ApplicationState.SUBMITTED: (
        StatementKind.IDENTITY_CHECKED,
        StatementKind.KEY_PRESENTED,
        StatementKind.APPLICATION_DECIDED,
    ),
    ApplicationState.IDENTITY_CONFIRMED: (
        StatementKind.KEY_PRESENTED,
        StatementKind.APPLICATION_DECIDED,
    ),
    ApplicationState.KEY_PRESENTED: (StatementKind.APPLICATION_DECIDED,),
}
_ENROLLED_WITHIN = EvidencePolicy().decided_within
"""How long the authority is asked again about an officer it does not know yet: after that the
approval would be stale there."""


def is_final(registration: RegistrationContext, refusal: OpenJpkiError, approval: Approval) -> bool:
    """Whether a refusal is over what is applied for, or over what officers signed for it: it ends
    the application, and the person applies anew. After any other (no answer, an authority not
    active, an officer not enrolled yet, a fault of ours) the approval stands and the authority is
    asked again."""
    if refusal.reason is Reason.OFFICER_NOT_ENROLLED:
        within = _ENROLLED_WITHIN
    elif refusal.reason in CLOCK_DECIDED:
        within = CLOCKS_MENDED_WITHIN
    else:
        return refusal.reason in _FINAL_REFUSALS
    with registration.database.reading() as tx:
        return surely_passed(tx, registration.clock, approval.at, within)


def obtain_certificate(
    registration: RegistrationContext, municipality_code: str, application_id: str
) -> ApplicationAnswer:
    """State ISSUED. Raises the authority's refusals: a final one is kept and raised again; over an
    officer who is none any more, the application first goes back to that officer's step."""
    with registration.database.reading() as tx:
        application = applications.get(tx, municipality_code, application_id)
        kept = personal_data.get(tx, application_id, municipality_code)
        signed = officer_signatures.of_application(tx, application_id)
        confirmed = signed.get(StatementKind.IDENTITY_CHECKED)
        # Of several, after an officer's was lost, the one that is signed for.
        check = (
            identity_checks.of_request(
                tx, application_id, Purpose.ISSUE, confirmed.occasion.request_id
            )
            if confirmed
            else None
        )
    if application is None or kept is None or application.approval is None:
        raise not_found()
    if application.state is not ApplicationState.APPROVED:
        return _settled(application)
    if kept.certification_request is None:
        raise OpenJpkiError(Reason.INTERNAL, "an approved application lacks its key")
    if not signed.keys() >= _NEEDED:
        # Approved before officers signed: nothing can prove it any more.
        unsigned = OpenJpkiError(Reason.EVIDENCE_STALE, "is from before officers signed")
        if _NEEDED - signed.keys() == {StatementKind.KEY_PRESENTED}:
            _send_back(registration, application, ApplicationEvent.LOSE_KEY, unsigned, signed)
        else:
            _end(registration, application, unsigned.reason)
        raise unsigned
    if check is None:
        raise OpenJpkiError(Reason.INTERNAL, "an approved application lacks its check")
    order = IssueOrder(
        request_id=application.approval.issue_request_id,
        municipality_code=municipality_code,
        window_id=application.window_id,
        application_id=application_id,
        person_reference=application.person_reference,
        applicant=kept.applicant,
        certification_request=kept.certification_request,
        seen=IdentitySeen(
            municipality=Municipality(municipality_code),
            evidence=check.evidence,
            document_kind=check.document_kind,
        ),
        submitted=signed[StatementKind.APPLICATION_SUBMITTED],
        taken_over=signed.get(StatementKind.APPLICATION_TAKEN_OVER),
        checked=signed[StatementKind.IDENTITY_CHECKED],
        presented=signed[StatementKind.KEY_PRESENTED],
        decided=signed[StatementKind.APPLICATION_DECIDED],
        renews=application.renews,
    )
    try:
        made = registration.authority.issue(order)
    except OpenJpkiError as refusal:
        lost = _lost(registration, refusal, signed, application.approval)
        if lost is not None:
            _send_back(registration, application, lost, refusal, signed)
        elif is_final(registration, refusal, application.approval):
            _end(registration, application, refusal.reason)
        # Without its field, which is one of the request to ca: the officer never saw that.
        raise OpenJpkiError(refusal.reason, refusal.message) from refusal
    return _keep(registration, application, made)


def _lost(
    registration: RegistrationContext,
    refusal: OpenJpkiError,
    signed: Mapping[StatementKind, OfficerSignature],
    approval: Approval,
) -> ApplicationEvent | None:
    """What a refusal over one officer's signature undoes, and no more than that; None where it is
    over something else. The authority names one signature, but a key that counts no more may have
    given others: the application goes back to the first of them, so that it comes back once.

    Whatever is wrong with a takeover undoes the takeover: nobody who comes to an application late,
    and has no key to sign with, ends it for who applied."""
    named = _LOST.get(refusal.field or "")
    if named is None or named[0] not in signed:
        return None
    if refusal.reason is Reason.SAME_OFFICER and refusal.field == "decided":
        return ApplicationEvent.LOSE_DECISION
    if refusal.reason not in _OFFICER_GONE:
        bad_takeover = refusal.field == "taken_over" and is_final(registration, refusal, approval)
        return ApplicationEvent.LOSE_DECISION if bad_takeover else None
    gone = signed[named[0]].key_sha256
    return next(
        event
        for kind, event in _LOST.values()
        if kind in signed and signed[kind].key_sha256 == gone
    )


def _dismissed(
    refusal: OpenJpkiError, signed: Mapping[StatementKind, OfficerSignature]
) -> Officer | None:
    """Whose key the authority said is revoked or suspended: it is told again, should the authority
    lose its register."""
    if refusal.reason is not Reason.OFFICER_REVOKED:
        return None
    return signed[_LOST[refusal.field or ""][0]].occasion.officer


def _keep(
    registration: RegistrationContext, application: ApplicationRecord, made: IssuedCertificate
) -> ApplicationAnswer:
    not_after = check_issued(made, application.key_fingerprint)
    replaced_at = ended_at(registration, application)
    at = registration.clock.now()

    def work(tx: Transaction) -> ApplicationAnswer:
        now, approval = _lock(tx, application)
        if now.state is not ApplicationState.APPROVED:
            return _settled(now)
        issued = Issued(
            serial=made.serial,
            not_after=not_after,
            issuer_sha256=issuers.keep(tx, made.authority_certificate),
        )
        end_replaced(registration, tx, now, replaced_at, at)
        applications.issue(tx, now.application_id, issued)
        personal_data.add_certificate(tx, now.application_id, made.certificate)
        receipts.keep(tx, now.application_id, made.receipt)
        answer = ApplicationAnswer(now.application_id, ApplicationState.ISSUED)
        registration.requests.remember(tx, approval.request, answer.to_bytes(), at)
        _enter_in_journal(
            registration,
            tx,
            now,
            APPLICATION_ISSUED,
            at,
            {"serial": made.serial.hex(), **_renewed(now)},
            not_after=not_after,
        )
        return answer

    return registration.database.run(work)


def _renewed(application: ApplicationRecord) -> dict[str, Value]:
    return {} if application.renews is None else {"renewed": application.renews.hex()}


def _end(registration: RegistrationContext, application: ApplicationRecord, reason: Reason) -> None:
    at = registration.clock.now()

    def work(tx: Transaction) -> None:
        now, _ = _lock(tx, application)
        if now.state is ApplicationState.APPROVED:
            applications.refuse(tx, now.application_id, reason.name, at)
            _enter_in_journal(
                registration, tx, now, APPLICATION_REFUSED, at, {"reason": reason.name}
            )

    registration.database.run(work)


def _send_back(
    registration: RegistrationContext,
    application: ApplicationRecord,
    event: ApplicationEvent,
    refusal: OpenJpkiError,
    signed: Mapping[StatementKind, OfficerSignature],
) -> None:
    """To the state in which another officer can do what one did who counts no more. Unless the
    approval is another one by now than the authority refused."""
    at = registration.clock.now()

    def work(tx: Transaction) -> None:
        now, approval = _lock(tx, application)
        if now.state is not ApplicationState.APPROVED or approval != application.approval:
            return
        state = transition(now.state, event)
        applications.send_back(tx, now.application_id, state)
        undone = _STATED_AFTER[state]
        if refusal.field == "taken_over":
            undone = (*undone, StatementKind.APPLICATION_TAKEN_OVER)
        officer_signatures.forget(tx, now.application_id, undone)
        dismissed = _dismissed(refusal, signed)
        details: dict[str, Value] = {"reason": refusal.reason.name, "state": state.value}
        if dismissed is not None:
            details["officer"] = str(dismissed)
        _enter_in_journal(registration, tx, now, APPLICATION_RETURNED, at, details)

    registration.database.run(work)


def _lock(tx: Transaction, seen: ApplicationRecord) -> tuple[ApplicationRecord, Approval]:
    now = applications.lock(tx, seen.municipality_code, seen.application_id)
    if now is None or now.approval is None:
        raise not_found()
    return now, now.approval


def _settled(application: ApplicationRecord) -> ApplicationAnswer:
    if application.refusal is not None:
        raise OpenJpkiError(
            Reason[application.refusal], "the authority refused; a new application is needed"
        )
    return ApplicationAnswer(application.application_id, application.state)


def _enter_in_journal(
    registration: RegistrationContext,
    tx: Transaction,
    application: ApplicationRecord,
    act: Act,
    at: datetime,
    details: dict[str, Value],
    *,
    not_after: datetime | None = None,
) -> None:
    """The actor is whoever approved, also when the certificate came later."""
    if application.approval is None:
        raise not_found()
    registration.journal.append(
        tx,
        act,
        stream=application.municipality_code,
        actor=application.approval.request.caller,
        subject=application.application_id,
        details=details,
        at=at,
        not_after=not_after,
    )
