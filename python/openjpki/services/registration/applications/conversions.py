"""Between the contract's messages and domain values: parsed once, here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2
from openjpki.api.types.v1 import identity_pb2, person_pb2, revocation_pb2
from openjpki.domain.application import ApplicationState, Asked, IdentityCheck
from openjpki.domain.application_end import Ending, RejectionReason, WithdrawalReason
from openjpki.domain.application_kind import ApplicationKind
from openjpki.domain.municipality import Municipality
from openjpki.domain.policy.revocation import RevocationCause
from openjpki.domain.window import OfficerId, WindowId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.applicant import applicant_of
from openjpki.rpc.key_attestation import key_attestation_message
from openjpki.rpc.officer_signature import from_message
from openjpki.services.common.identity_conversions import identity_evidence
from openjpki.services.registration.applications.hand_over_conversions import (
    closing_message,
    hand_over_message,
)
from openjpki.services.registration.applications.present_public_key import CSR_FIELD
from openjpki.services.registration.applications.submit_application import ApplicationForm
from openjpki.services.registration.ca_client import attributes_message
from openjpki.services.registration.context import WindowCall
from openjpki.storage.kernel.requests import RequestKey
from openjpki.x509.foreign.csr import parse_csr

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Protocol

    from google.protobuf.message import Message

    from openjpki.domain.evidence import OfficerSignature
    from openjpki.rpc.identity.peer import PeerIdentity
    from openjpki.services.registration.applications.answers import ApplicationView, ShownEnd
    from openjpki.services.registration.register.person_references import PersonReferences
    from openjpki.x509.foreign.csr import CertificateRequest

    class MutatingRequest(Protocol):
        """What every mutating request of the contract has."""

        @property
        def request_id(self) -> str: ...
        @property
        def municipality_code(self) -> str: ...
        def SerializeToString(self, *, deterministic: bool = ...) -> bytes: ...  # noqa: N802


_REJECTION, _WITHDRAWAL = "REJECTION_REASON_", "WITHDRAWAL_REASON_"
_SERVICE = "openjpki.api.registration.v1.WindowService"
_KINDS = {
    registration_pb2.APPLICATION_KIND_UNSPECIFIED: ApplicationKind.FIRST_ISSUE,
    registration_pb2.APPLICATION_KIND_FIRST_ISSUE: ApplicationKind.FIRST_ISSUE,
    registration_pb2.APPLICATION_KIND_RENEWAL: ApplicationKind.RENEWAL,
}


def window_call(
    method: str,
    request: MutatingRequest,
    peer: PeerIdentity,
    references: PersonReferences,
    *,
    service: str = _SERVICE,
) -> WindowCall:
    """Whose call it is. Raises UNKNOWN_MUNICIPALITY, UNAUTHENTICATED for an officer's id that is
    no account name."""
    try:
        officer = OfficerId.parse(peer.subject)
    except OpenJpkiError as error:
        raise OpenJpkiError(
            Reason.UNAUTHENTICATED, f"the certificate's officer id {error.message}"
        ) from None
    signature = _signature(request)
    content = request.SerializeToString(deterministic=True)
    return WindowCall(
        request=RequestKey(
            f"{service}/{method}",
            peer.spiffe_id,
            request.request_id.lower(),
            references.digest_of_request(content),
        ),
        municipality=Municipality.parse(request.municipality_code),
        officer=officer,
        signature=signature,
    )


def _signature(request: MutatingRequest) -> OfficerSignature | None:
    """Raises INVALID_FIELD."""
    signed = getattr(request, "officer_signature", None)
    return None if signed is None else from_message(signed, field="officer_signature")


def application_form(
    request: registration_pb2.SubmitApplicationRequest, call: WindowCall, now: datetime
) -> ApplicationForm:
    """What is applied for. Raises what the parts' ``parse`` raise."""
    return ApplicationForm(
        window=WindowId.parse(request.window_id),
        applicant=applicant_of(request, call.municipality, now),
        accepted_terms=request.accepted_terms,
        kind=_KINDS[request.kind],
    )


def identity_check(
    message: identity_pb2.IdentityCheck, call: WindowCall, now: datetime, rules_version: str
) -> IdentityCheck:
    """How identity was checked, by this officer, now, under these rules. Raises INVALID_FIELD."""
    return IdentityCheck(
        evidence=identity_evidence(message.evidence),
        document_kind=message.document_kind,
        officer=call.officer,
        checked_at=now,
        further_documents=tuple(message.further_documents),
        asked=tuple(Asked(one.question, one.answered_right) for one in message.questions),
        rules_version=rules_version,
    )


def certification_request(
    request: registration_pb2.PresentPublicKeyRequest,
) -> CertificateRequest:
    """The applicant's PKCS#10. Raises what :func:`parse_csr` raises."""
    return parse_csr(request.certification_request, field=CSR_FIELD)


def revocation_cause(number: revocation_pb2.RevocationCause.ValueType) -> RevocationCause:
    """The cause of this number, which the contract's rules have found defined."""
    name = revocation_pb2.RevocationCause.Name(number)
    return RevocationCause[name.removeprefix("REVOCATION_CAUSE_")]


def rejection(request: registration_pb2.DecideApplicationRequest) -> Ending[RejectionReason] | None:
    """Why the officer says no; None where they say yes. Raises INVALID_FIELD for a no without a
    reason, and for a yes with one."""
    if request.decision == registration_pb2.DECISION_APPROVE:
        for field in ("rejection_reason", "explanation"):
            if getattr(request, field):
                raise OpenJpkiError(
                    Reason.INVALID_FIELD, "must not be said to approve", field=field
                )
        return None
    if not request.rejection_reason:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "is needed to reject: the reason is kept",
            field="rejection_reason",
        )
    name = registration_pb2.RejectionReason.Name(request.rejection_reason)
    return Ending(RejectionReason[name.removeprefix(_REJECTION)], request.explanation)


def withdrawal(
    request: registration_pb2.WithdrawApplicationRequest,
) -> Ending[WithdrawalReason]:
    """Why the applicant takes it back. Raises INVALID_FIELD."""
    if not request.reason:
        return Ending(WithdrawalReason.APPLICANT_WISH, request.explanation)
    name = registration_pb2.WithdrawalReason.Name(request.reason)
    return Ending(WithdrawalReason[name.removeprefix(_WITHDRAWAL)], request.explanation)


def application_message(view: ApplicationView) -> registration_pb2.Application:
    """An application for the window."""
    message = registration_pb2.Application(
        application_id=view.application_id,
        municipality_code=view.municipality_code,
        state=_state_number(view.state),
        attributes=attributes_message(view.applicant.attributes),
        registered_name=view.applicant.name.registered,
        registered_address=view.applicant.address.registered,
        substitutions=person_pb2.Substitutions(
            name=view.applicant.name.certified.mask, address=view.applicant.address.certified.mask
        ),
        romanised_name=view.applicant.romanised_name.text,
        certificate=view.certificate,
        serial=view.serial,
        window_id=view.window_id,
        key_sha256=view.key_sha256,
        accepted_terms=view.accepted_terms,
        kind=registration_pb2.ApplicationKind.Value(f"APPLICATION_KIND_{view.kind.name}"),
        renews=view.renews,
    )
    message.submitted_at.FromDatetime(view.submitted_at)
    if view.end is not None:
        message.end.CopyFrom(_end_message(view.end))
    if view.attestation is not None:
        message.attestation.CopyFrom(key_attestation_message(view.attestation))
    if view.handed_over is not None:
        message.handed_over.CopyFrom(hand_over_message(view.handed_over))
    if view.expires_at is not None:
        message.expires_at.FromDatetime(view.expires_at)
    if view.closed is not None:
        message.closed.CopyFrom(closing_message(view.closed))
    return message


def _end_message(end: ShownEnd) -> registration_pb2.ApplicationEnd:
    message = registration_pb2.ApplicationEnd(
        authority_refusal=end.authority_refusal, explanation=end.explanation
    )
    if isinstance(end.reason, RejectionReason):
        message.rejection = registration_pb2.RejectionReason.Value(_REJECTION + end.reason.name)
    elif end.reason is not None:
        message.withdrawal = registration_pb2.WithdrawalReason.Value(_WITHDRAWAL + end.reason.name)
    if end.at is not None:
        message.ended_at.FromDatetime(end.at)
    return message


def application_id(request: Message) -> str:
    """The application's id as it is stored."""
    text: str = getattr(request, "application_id")  # noqa: B009
    return text.lower()


def _state_number(state: ApplicationState) -> registration_pb2.ApplicationState.ValueType:
    return registration_pb2.ApplicationState.Value(f"APPLICATION_STATE_{state.name}")
