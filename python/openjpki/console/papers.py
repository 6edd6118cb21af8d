"""What goes along on paper (⑦), and the certificate itself, as files of the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from openjpki.cli.arguments import to_pem
from openjpki.cli.copy_pdf import copy_pdf
from openjpki.cli.guide_pdf import guide_pdf
from openjpki.cli.window_paper import copied_from, rules_of
from openjpki.console.entrance import session_of
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from starlette.requests import Request

    from openjpki.console.pages import Pages

_PDF, _PEM = "application/pdf", "application/x-pem-file"


def copy(pages: Pages, request: Request) -> Response:
    """`GET /applications/{application_id}/copy.pdf`: the certificate's copy for its holder."""
    desk = pages.desk
    asked = str(request.path_params["application_id"])
    found = desk.application(asked).application
    copied = copied_from(found, asked, desk.clock.now())
    return _file(copy_pdf(copied, desk.font, desk.names_font), _PDF, "copy.pdf")


def guide(pages: Pages, request: Request) -> Response:
    """`GET /guide.pdf`: the guide for holders, in the session's language."""
    desk = pages.desk
    octets = guide_pdf(
        rules_of(desk.rules()),
        desk.municipality,
        session_of(request).language,
        desk.font,
        desk.clock.now().replace(microsecond=0),
    )
    return _file(octets, _PDF, "guide.pdf")


def certificate(pages: Pages, request: Request) -> Response:
    """`GET /applications/{application_id}/certificate.pem`, once more."""
    found = pages.desk.application(str(request.path_params["application_id"])).application
    if not found.certificate:
        raise OpenJpkiError(Reason.WRONG_STATE, "has no certificate", field="application_id")
    return _file(to_pem(found.certificate), _PEM, "certificate.pem", shown=False)


def _file(octets: bytes, kind: str, name: str, *, shown: bool = True) -> Response:
    """``shown``: by the browser, which prints it; else it is kept as a file."""
    place = "inline" if shown else "attachment"
    headers = {"content-disposition": f'{place}; filename="{name}"'}
    return Response(octets, media_type=kind, headers=headers)
