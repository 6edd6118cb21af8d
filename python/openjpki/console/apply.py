"""A new application (steps ① and ②): the form as on paper, and substitutes where needed."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli.window_statements import require_opened, sign_submission
from openjpki.console.entrance import session_of
from openjpki.console.forms import NOTHING
from openjpki.console.people import attributes_of
from openjpki.console.substitutes import substitutes, unheld
from openjpki.errors import OpenJpkiError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from openjpki.console.forms import Form
    from openjpki.console.pages import Pages

_MESSAGE = pb.SubmitApplicationRequest.DESCRIPTOR


def new_application(pages: Pages, request: Request) -> Response:
    """`GET /applications/new`."""
    return _page(pages, request, NOTHING)


def apply(pages: Pages, request: Request, form: Form) -> Response:
    """`POST /applications/new`: asks for substitutes first where there are none yet."""
    if any(not one.typed for one in unheld(form)):
        return _page(pages, request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    desk = pages.desk

    def make(request_id: str) -> pb.SubmitApplicationRequest:
        found = unheld(form)
        made = pb.SubmitApplicationRequest(
            request_id=request_id,
            municipality_code=desk.municipality.code,
            window_id=f"{desk.municipality.code}{desk.window}",
            attributes=attributes_of(form, desk, _MESSAGE, "attributes"),
            romanised_name=form.text("romanised_name"),
            name_substitutes=substitutes(found, "name"),
            address_substitutes=substitutes(found, "address"),
            accepted_terms=form.text("accepted_terms"),
            kind=pb.ApplicationKind.ValueType(form.number("kind")),
        )
        sign_submission(made, desk.signer)
        return made

    try:
        sent = session_of(request).sent.request(form.form_id, form.content, make)
        application = desk.service.SubmitApplication(sent).application
        require_opened(application, sent)
    except OpenJpkiError as refusal:
        return _page(pages, request, form, refusal)
    return RedirectResponse(f"/applications/{application.application_id}", HTTPStatus.SEE_OTHER)


def _page(
    pages: Pages,
    request: Request,
    form: Form,
    refusal: OpenJpkiError | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    return pages.page(
        request,
        "new.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refusal else status,
        refusal=refusal,
        form=form,
        form_id=pages.form_id_after(refusal, form),
        unheld=unheld(form),
        rules=pages.desk.rules(),
    )
