"""What is done with an application: each is a form on its page, and leads back to it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.responses import RedirectResponse

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli.applicants_key import applicants_key
from openjpki.cli.window_statements import (
    sign_check,
    sign_decision,
    sign_presentation,
    sign_taking_over,
)
from openjpki.console.checks import check_of
from openjpki.console.entrance import session_of
from openjpki.console.one_application import application_page
from openjpki.console.people import labelled
from openjpki.errors import OpenJpkiError
from openjpki.x509.pem import REQUEST, der_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message
    from starlette.requests import Request
    from starlette.responses import Response

    from openjpki.console.forms import Form
    from openjpki.console.pages import Pages

_Request = TypeVar("_Request", bound="Message")
_KEY_FIELD = "certification_request"


def check_identity(pages: Pages, request: Request, form: Form) -> Response:
    """`POST …/check`: ②, what the officer saw and asked."""
    desk = pages.desk

    def make(request_id: str, shown: pb.Application) -> pb.RecordIdentityCheckRequest:
        made = pb.RecordIdentityCheckRequest(
            request_id=request_id, **named(shown), check=check_of(form, desk.rules())
        )
        sign_check(made, shown, desk.signer)
        return made

    return _act(pages, request, form, make, desk.service.RecordIdentityCheck)


def present_key(pages: Pages, request: Request, form: Form) -> Response:
    """`POST …/key`: ④, the applicant's PKCS#10 from a file."""
    desk = pages.desk

    def make(request_id: str, shown: pb.Application) -> pb.PresentPublicKeyRequest:
        made = pb.PresentPublicKeyRequest(
            request_id=request_id, **named(shown), certification_request=_request_in(form)
        )
        sign_presentation(made, shown, desk.signer)
        return made

    return _act(pages, request, form, make, desk.service.PresentPublicKey)


def approve(pages: Pages, request: Request, form: Form) -> Response:
    """`POST …/approve`: ⑤ to ⑦, for the key that the officer knows from the applicant."""
    desk = pages.desk

    def make(request_id: str, shown: pb.Application) -> pb.DecideApplicationRequest:
        made = pb.DecideApplicationRequest(
            request_id=request_id, **named(shown), decision=pb.DECISION_APPROVE
        )
        sign_decision(made, shown, desk.signer, key_sha256=_applicants_key(form))
        return made

    return _act(pages, request, form, make, desk.service.DecideApplication)


def reject(pages: Pages, request: Request, form: Form) -> Response:
    """`POST …/reject`: the second officer says no, and why."""
    desk = pages.desk

    def make(request_id: str, shown: pb.Application) -> pb.DecideApplicationRequest:
        made = pb.DecideApplicationRequest(
            request_id=request_id,
            **named(shown),
            decision=pb.DECISION_REJECT,
            rejection_reason=pb.RejectionReason.ValueType(form.number("reason")),
            explanation=form.text("explanation"),
        )
        sign_decision(made, shown, desk.signer, key_sha256=None)
        return made

    return _act(pages, request, form, make, desk.service.DecideApplication)


def take_over(pages: Pages, request: Request, form: Form) -> Response:
    """`POST …/take-over`: this officer answers for the application from now on."""
    desk = pages.desk

    def make(request_id: str, shown: pb.Application) -> pb.TakeOverApplicationRequest:
        made = pb.TakeOverApplicationRequest(request_id=request_id, **named(shown))
        sign_taking_over(made, shown, desk.signer)
        return made

    return _act(pages, request, form, make, desk.service.TakeOverApplication)


def withdraw(pages: Pages, request: Request, form: Form) -> Response:
    """`POST …/withdraw`: the applicant takes it back."""

    def make(request_id: str, shown: pb.Application) -> pb.WithdrawApplicationRequest:
        return pb.WithdrawApplicationRequest(
            request_id=request_id,
            **named(shown),
            reason=pb.WithdrawalReason.ValueType(form.number("reason")),
            explanation=form.text("explanation"),
        )

    return _act(pages, request, form, make, pages.desk.service.WithdrawApplication)


def hand_over(pages: Pages, request: Request, form: Form) -> Response:
    """`POST …/hand-over`: ⑦, the applicant got the certificate."""

    def make(request_id: str, shown: pb.Application) -> pb.HandOverCertificateRequest:
        return pb.HandOverCertificateRequest(
            request_id=request_id,
            **named(shown),
            recipient=pb.Recipient.ValueType(form.number("recipient")),
            medium=pb.CertificateMedium.ValueType(form.number("medium")),
            terms_version=form.text("terms_version"),
            with_copy=bool(form.text("with_copy")),
            accepted=bool(form.text("accepted")),
        )

    return _act(pages, request, form, make, pages.desk.service.HandOverCertificate)


def _act(
    pages: Pages,
    request: Request,
    form: Form,
    make: Callable[[str, pb.Application], _Request],
    call: Callable[[_Request], object],
) -> Response:
    """What the officer signs is what the service shows now, and is compared with what was meant."""
    application_id = str(request.path_params["application_id"])

    def made(request_id: str) -> _Request:
        return make(request_id, pages.desk.application(application_id).application)

    content = (request.url.path, form.content)
    try:
        call(session_of(request).sent.request(form.form_id, content, made))
    except OpenJpkiError as refusal:
        return application_page(pages, request, application_id, refusal=refusal, form=form)
    return RedirectResponse(f"/applications/{application_id}", HTTPStatus.SEE_OTHER)


def named(shown: pb.Application) -> dict[str, Any]:
    """The fields by which a request names an application."""
    return {
        "municipality_code": shown.municipality_code,
        "application_id": shown.application_id,
    }


def _request_in(form: Form) -> bytes:
    return der_of(form.file, REQUEST, field=_KEY_FIELD)


def _applicants_key(form: Form) -> bytes | None:
    with labelled(pb.PresentPublicKeyRequest.DESCRIPTOR):
        return applicants_key(
            _request_in(form) if form.file else None,
            form.text("fingerprint") or None,
            request_field=_KEY_FIELD,
            fingerprint_field=_KEY_FIELD,
        )
