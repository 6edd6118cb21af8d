"""What is kept of an answer: which application, and how it stood. The rest is read again.

So that personal data is in no second place: a retry's answer is put together from the
stored personal data, which don't change, and is equal to the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.application import ApplicationState
from openjpki.domain.application_kind import ApplicationKind
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.registration.applications.history import history_of
from openjpki.storage.registration import (
    applications,
    issuers,
    key_attestations,
    personal_data,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from openjpki.domain.application_end import EndReason
    from openjpki.domain.certificate_hand_over import Closed, HandOver
    from openjpki.domain.evidence import KeyAttestation
    from openjpki.domain.person import Applicant
    from openjpki.services.registration.applications.history import History
    from openjpki.services.registration.context import RegistrationContext, WindowCall
    from openjpki.storage.kernel.beginning import Turn
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.registration.applications import ApplicationRecord
    from openjpki.storage.registration.personal_data import PersonalData


@dataclass(frozen=True, slots=True)
class ApplicationAnswer:
    """An application at the moment of the answer."""

    application_id: str
    state: ApplicationState

    def to_bytes(self) -> bytes:
        """As the request log keeps it."""
        return f"{self.application_id} {self.state.value}".encode()

    @classmethod
    def from_bytes(cls, kept: bytes) -> ApplicationAnswer:
        """What :meth:`to_bytes` wrote."""
        application_id, state = kept.decode().split(" ")
        return cls(application_id, ApplicationState(state))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ApplicationView:
    """An application as an officer sees it."""

    application_id: str
    municipality_code: str
    state: ApplicationState
    submitted_at: datetime
    applicant: Applicant
    window_id: str
    key_sha256: bytes = b""
    """Of the key presented; empty before that."""
    certificate: bytes = b""
    serial: bytes = b""
    authority_certificate: bytes = b""
    end: ShownEnd | None = None
    handed_over: HandOver | None = None
    closed: Closed | None = None
    expires_at: datetime | None = None
    accepted_terms: str = ""
    kind: ApplicationKind = ApplicationKind.FIRST_ISSUE
    renews: bytes = b""
    """Of a renewal: serial number of the certificate that it is to replace."""
    attestation: KeyAttestation | None = None
    """Of the generator that made the key."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ShownEnd:
    """Why an application ended without a certificate."""

    reason: EndReason | None
    authority_refusal: str
    """Name of the authority's reason; empty where it was another's."""
    explanation: str
    at: datetime | None


def earlier_answer(registration: RegistrationContext, call: WindowCall) -> ApplicationAnswer | None:
    """The answer this call got before. Raises ``REQUEST_ID_REUSED``."""
    with registration.database.reading() as tx:
        known = registration.requests.find(tx, call.request)
    return None if known is None else ApplicationAnswer.from_bytes(known)


def answer_once(
    registration: RegistrationContext,
    call: WindowCall,
    at: datetime,
    work: Callable[[Transaction], ApplicationAnswer],
    *,
    turn: Turn | None = None,
) -> ApplicationAnswer:
    """The answer this call got before, or that of ``work``, done now in one transaction; ``turn``:
    of the transaction."""
    return ApplicationAnswer.from_bytes(
        registration.requests.once(
            registration.database, call.request, at, lambda tx: work(tx).to_bytes(), turn=turn
        )
    )


def lock_application(tx: Transaction, call: WindowCall, application_id: str) -> ApplicationRecord:
    """The municipality's application, for this transaction alone. ``APPLICATION_NOT_FOUND``."""
    found = applications.lock(tx, call.municipality.code, application_id)
    if found is None:
        raise not_found()
    return found


def view(
    registration: RegistrationContext,
    municipality_code: str,
    application_id: str,
    as_of: ApplicationState | None = None,
) -> ApplicationView:
    """The application, now or as it was when it was in ``as_of``. ``APPLICATION_NOT_FOUND``."""
    with registration.database.reading() as tx:
        return _view(registration, tx, _found(tx, municipality_code, application_id), as_of)


def view_with_history(
    registration: RegistrationContext, municipality_code: str, application_id: str
) -> tuple[ApplicationView, History]:
    """The application now, and who did what, of one moment. ``APPLICATION_NOT_FOUND``."""
    with registration.database.reading() as tx:
        record = _found(tx, municipality_code, application_id)
        return _view(registration, tx, record, None), history_of(tx, record)


def _found(tx: Reading, municipality_code: str, application_id: str) -> ApplicationRecord:
    record = applications.get(tx, municipality_code, application_id)
    if record is None:
        raise not_found()
    return record


def _view(
    registration: RegistrationContext,
    tx: Reading,
    record: ApplicationRecord,
    as_of: ApplicationState | None,
) -> ApplicationView:
    application_id, municipality_code = record.application_id, record.municipality_code
    kept = personal_data.get(tx, application_id, municipality_code)
    if kept is None:
        raise not_found()
    state = as_of or record.state
    issued = record.issued if state.has_certificate else None
    authority = issuers.get(tx, issued.issuer_sha256) if issued else None
    return ApplicationView(
        application_id=application_id,
        municipality_code=municipality_code,
        state=state,
        submitted_at=record.submitted_at,
        applicant=kept.applicant,
        window_id=record.window_id,
        key_sha256=_key_by(state, record.key_fingerprint),
        certificate=(kept.certificate or b"") if issued else b"",
        serial=issued.serial if issued else b"",
        authority_certificate=authority or b"",
        end=_end_of(state, record, kept),
        handed_over=record.handed_over if state in _HANDED_OVER else None,
        closed=record.closed if state is ApplicationState.CLOSED else None,
        expires_at=registration.policy.expires_at(state, record.submitted_at),
        accepted_terms=record.accepted_terms or "",
        kind=record.kind,
        renews=record.renews or b"",
        attestation=_attested(tx, application_id, state, record),
    )


_WITHOUT_CERTIFICATE = {
    ApplicationState.REJECTED,
    ApplicationState.WITHDRAWN,
    ApplicationState.EXPIRED,
}
_HANDED_OVER = {ApplicationState.HANDED_OVER, ApplicationState.CLOSED}


def _end_of(
    state: ApplicationState, record: ApplicationRecord, kept: PersonalData
) -> ShownEnd | None:
    if state not in _WITHOUT_CERTIFICATE:
        return None
    return ShownEnd(
        reason=record.end_reason,
        authority_refusal=record.refusal or "",
        explanation=kept.explanation,
        at=record.ended_at,
    )


def _key_by(state: ApplicationState, key_sha256: bytes | None) -> bytes:
    """What a first answer had: it was given when the application was in this state."""
    before = {ApplicationState.SUBMITTED, ApplicationState.IDENTITY_CONFIRMED}
    return b"" if state in before or key_sha256 is None else key_sha256


def _attested(
    tx: Reading, application_id: str, state: ApplicationState, record: ApplicationRecord
) -> KeyAttestation | None:
    if not _key_by(state, record.key_fingerprint):
        return None
    return key_attestations.of_application(tx, application_id, left_out=tell_left_out)


def not_found() -> OpenJpkiError:
    """The refusal of an application the municipality has not."""
    return OpenJpkiError(
        Reason.APPLICATION_NOT_FOUND,
        "the municipality has no such application",
        field="application_id",
    )
