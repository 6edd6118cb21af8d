"""An application with everything that the officer who decides on it must see."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from openjpki.console.forms import NOTHING
from openjpki.errors import Reason

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from openjpki.console.forms import Form
    from openjpki.console.pages import Pages
    from openjpki.errors import OpenJpkiError


def one_application(pages: Pages, request: Request) -> Response:
    """`GET /applications/{application_id}`."""
    return application_page(pages, request, str(request.path_params["application_id"]))


def application_page(
    pages: Pages,
    request: Request,
    application_id: str,
    *,
    refusal: OpenJpkiError | None = None,
    form: Form = NOTHING,
) -> Response:
    """As it stands now, with the forms for what may be done next, and a refusal of what was
    tried. Raises ``APPLICATION_NOT_FOUND``, and the refusal itself where nobody can be asked."""
    if refusal is not None and refusal.reason is Reason.APPLICATION_NOT_FOUND:
        raise refusal
    return pages.page(
        request,
        "application.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK,
        refusal=refusal,
        form=form,
        form_id=pages.form_id_after(refusal, form),
        shown=pages.desk.application(application_id),
        rules=pages.desk.rules(),
        here=f"/applications/{application_id}",
    )
