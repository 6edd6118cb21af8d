"""What an officer at a window signs: made from what was typed or from the application shown."""

from __future__ import annotations

from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import identity_pb2, revocation_pb2
from openjpki.domain.application import IdentityEvidence, application_id_of
from openjpki.domain.authority import AuthorityId
from openjpki.domain.evidence import RevocationAsked
from openjpki.domain.evidence.revocation import IdentitySeen
from openjpki.domain.municipality import Municipality
from openjpki.domain.person import FourAttributes
from openjpki.domain.policy import RevocationCause
from openjpki.domain.window import JAPAN, WindowId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.user_statements import (
    application_decided,
    application_submitted,
    application_taken_over,
    identity_checked,
    key_presented,
)
from openjpki.rpc.applicant import applicant_of
from openjpki.rpc.labels import name_fields
from openjpki.rpc.officer_signature import to_message
from openjpki.x509.foreign.csr import parse_csr

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.descriptor import Descriptor
    from google.protobuf.message import Message

    from openjpki.api.types.v1 import person_pb2
    from openjpki.evidence.officer_signer import OfficerSigner

_Rest = ParamSpec("_Rest")
_Request = TypeVar("_Request", bound="Message")


def _labelled(
    sign: Callable[Concatenate[_Request, _Rest], None],
) -> Callable[Concatenate[_Request, _Rest], None]:
    """What is refused before anything is sent is told by the words of the form, as what a service
    refuses is."""

    @wraps(sign)
    def run(request: _Request, /, *rest: _Rest.args, **named: _Rest.kwargs) -> None:
        try:
            sign(request, *rest, **named)
        except OpenJpkiError as refusal:
            name_fields(cast("Descriptor", request.DESCRIPTOR), refusal)
            raise

    return run


@_labelled
def sign_submission(request: pb.SubmitApplicationRequest, signer: OfficerSigner) -> None:
    """Puts the officer's signature into the request, which has everything else.

    Raises the reasons of attributes that no application may have, and what the key raises.
    """
    occasion = signer.occasion(request.request_id)
    window = WindowId.parse(request.window_id)
    statement = application_submitted(
        occasion,
        window=window,
        attributes=applicant_of(request, window.municipality, occasion.signed_at).attributes,
    )
    request.officer_signature.CopyFrom(to_message(signer.sign(statement, occasion)))


def opened_by(request: pb.SubmitApplicationRequest) -> str:
    """Id of the application that a signed submission opens, whatever is answered."""
    signed = request.officer_signature
    return application_id_of(signed.officer, signed.request_id)


def require_opened(application: pb.Application, request: pb.SubmitApplicationRequest) -> None:
    """Raises ``INVALID_FIELD`` for an answer about another application than the one that the
    officer's submission opened, whose id follows from what was signed: a service in wrong hands
    could have somebody else's application checked in its place."""
    if application.application_id != opened_by(request):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "is not the application that was submitted; the service is not to be trusted",
            field="application_id",
        )


@_labelled
def sign_taking_over(
    request: pb.TakeOverApplicationRequest, shown: pb.Application, signer: OfficerSigner
) -> None:
    """As :func:`sign_check`."""
    occasion = signer.occasion(request.request_id)
    window = _require_meant(request, shown)
    statement = application_taken_over(
        occasion,
        window=window,
        application_id=shown.application_id,
        attributes=attributes_of(shown.attributes, window.municipality, occasion.signed_at),
    )
    request.officer_signature.CopyFrom(to_message(signer.sign(statement, occasion)))


@_labelled
def sign_check(
    request: pb.RecordIdentityCheckRequest, shown: pb.Application, signer: OfficerSigner
) -> None:
    """As :func:`sign_submission`; ``shown``: the application that the officer saw. Raises
    ``INVALID_FIELD`` when it is not the one that the officer asked for."""
    occasion = signer.occasion(request.request_id)
    window = _require_meant(request, shown)
    statement = identity_checked(
        occasion,
        window=window,
        application_id=shown.application_id,
        attributes=attributes_of(shown.attributes, window.municipality, occasion.signed_at),
        evidence=_evidence(request.check),
        document_kind=request.check.document_kind,
    )
    request.officer_signature.CopyFrom(to_message(signer.sign(statement, occasion)))


@_labelled
def sign_presentation(
    request: pb.PresentPublicKeyRequest, shown: pb.Application, signer: OfficerSigner
) -> None:
    """As :func:`sign_check`, over the key in the applicant's PKCS#10. Raises the reasons of
    ``parse_csr``: a key is signed for whose holder proved to have it."""
    occasion = signer.occasion(request.request_id)
    window = _require_meant(request, shown)
    key = parse_csr(request.certification_request, field="certification_request")
    statement = key_presented(
        occasion,
        window=window,
        application_id=shown.application_id,
        attributes=attributes_of(shown.attributes, window.municipality, occasion.signed_at),
        key_sha256=key.fingerprint,
    )
    request.officer_signature.CopyFrom(to_message(signer.sign(statement, occasion)))


@_labelled
def sign_decision(
    request: pb.DecideApplicationRequest,
    shown: pb.Application,
    signer: OfficerSigner,
    *,
    key_sha256: bytes | None,
) -> None:
    """As :func:`sign_check`. An application without a key, which can only be rejected, is decided
    over 32 zero octets.

    ``key_sha256``: of the applicant's key, as the officer knows it from elsewhere than from the
    service, which could show another one; an approval needs it. Raises ``INVALID_FIELD`` without
    it, and when the service shows another.
    """
    approved = request.decision == pb.DECISION_APPROVE
    if approved and key_sha256 is None:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "is needed to approve: the key as the applicant has it, not as the service shows it",
            field="certification_request",
        )
    if key_sha256 is not None and shown.key_sha256 != key_sha256:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "holds another key than the service shows for this application",
            field="certification_request",
        )
    occasion = signer.occasion(request.request_id)
    window = _require_meant(request, shown)
    statement = application_decided(
        occasion,
        authority_id=AuthorityId.signing(window.municipality.prefecture.number),
        window=window,
        application_id=shown.application_id,
        attributes=attributes_of(shown.attributes, window.municipality, occasion.signed_at),
        key_sha256=shown.key_sha256 or bytes(32),
        approved=approved,
        renews=shown.renews or None,
    )
    request.officer_signature.CopyFrom(to_message(signer.sign(statement, occasion)))


def _require_meant(
    request: pb.TakeOverApplicationRequest
    | pb.RecordIdentityCheckRequest
    | pb.PresentPublicKeyRequest
    | pb.DecideApplicationRequest,
    shown: pb.Application,
) -> WindowId:
    """The window of an application that is to be signed for. A service in wrong hands could show
    another one than the officer named, and have that signed."""
    window = WindowId.parse(shown.window_id)
    named = (request.application_id.lower(), request.municipality_code)
    if named != (shown.application_id, window.municipality.code):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "is not the application that the service shows",
            field="application_id",
        )
    return window


@_labelled
def sign_revocation(request: pb.RevokeCertificateRequest, signer: OfficerSigner) -> None:
    """As :func:`sign_submission`."""
    occasion = signer.occasion(request.request_id)
    municipality = Municipality.parse(request.municipality_code)
    cause = revocation_pb2.RevocationCause.Name(request.cause)
    statement = RevocationAsked(
        occasion=occasion,
        authority_id=AuthorityId.signing(municipality.prefecture.number),
        serial=request.serial,
        cause=RevocationCause[cause.removeprefix("REVOCATION_CAUSE_")],
        seen=IdentitySeen(
            municipality=municipality,
            evidence=_evidence(request.check),
            document_kind=request.check.document_kind,
        ),
    )
    request.officer_signature.CopyFrom(to_message(signer.sign(statement, occasion)))


def attributes_of(
    message: person_pb2.FourAttributes, municipality: Municipality, now: datetime
) -> FourAttributes:
    """The four attributes in their canonical form. Raises what their ``parse`` raises."""
    return FourAttributes.parse(
        name=message.name,
        birth_date=message.birth_date,
        sex=str(int(message.sex)),
        address=message.address,
        municipality=municipality,
        today=now.astimezone(JAPAN).date(),
        field="attributes",
    )


def _evidence(check: identity_pb2.IdentityCheck) -> IdentityEvidence:
    name = identity_pb2.IdentityEvidence.Name(check.evidence)
    return IdentityEvidence[name.removeprefix("IDENTITY_EVIDENCE_")]
