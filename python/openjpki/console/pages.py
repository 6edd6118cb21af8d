"""Pages from templates: every value escaped, nothing of a script."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli.unsettled import UNSETTLED
from openjpki.console.desk import new_form_id
from openjpki.console.entrance import session_of
from openjpki.console.forms import NOTHING
from openjpki.console.refusals import refused
from openjpki.console.words import Words
from openjpki.errors import Language

if TYPE_CHECKING:
    from starlette.requests import Request

    from openjpki.console.desk import Desk
    from openjpki.console.forms import Form
    from openjpki.errors import OpenJpkiError

HERE = Path(__file__).parent
_MESSAGES = {
    "submit": pb.SubmitApplicationRequest.DESCRIPTOR,
    "list": pb.ListApplicationsRequest.DESCRIPTOR,
    "check": pb.RecordIdentityCheckRequest.DESCRIPTOR,
    "present": pb.PresentPublicKeyRequest.DESCRIPTOR,
    "decide": pb.DecideApplicationRequest.DESCRIPTOR,
    "withdraw": pb.WithdrawApplicationRequest.DESCRIPTOR,
    "hand_over": pb.HandOverCertificateRequest.DESCRIPTOR,
    "find": pb.FindCertificatesRequest.DESCRIPTOR,
    "turn_down": pb.RefuseRevocationRequest.DESCRIPTOR,
    "revoke": pb.RevokeCertificateRequest.DESCRIPTOR,
}
"""Whose labels pages ask for, by a short name."""


class Pages:
    """Of one officer's console."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["labels"] = _MESSAGES
        self._templates.filters["grouped"] = grouped

    def page(
        self,
        request: Request,
        template: str,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        refusal: OpenJpkiError | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """A page of whoever has a session."""
        session = session_of(request)
        words = Words(session.language)
        values |= {
            "w": words,
            "session": session,
            "desk": self.desk,
            "path": request.url.path,
            "refusal": refused(refusal, words, acted=request.method == "POST") if refusal else None,
            "form_id": values.get("form_id") or new_form_id(),
            "pb": pb,
            "typed": partial(_typed, request.url.path, values.get("form", NOTHING)),
            "japanese": session.language is Language.JA,
        }
        return HTMLResponse(self._templates.get_template(template).render(values), status)

    def form_id_after(self, refusal: OpenJpkiError | None, form: Form) -> str:
        """Of the form that is shown next: the same where the same request is to be made again, as
        it may have been done."""
        again = refusal is not None and refusal.reason.grpc_code in UNSETTLED
        return form.form_id if again else new_form_id()

    def closed(self, language: Language) -> HTMLResponse:
        """To whoever has none: nothing of the officer or of anybody else."""
        words = Words(language)
        page = self._templates.get_template("closed.html")
        return HTMLResponse(
            page.render(w=words, japanese=language is Language.JA), HTTPStatus.FORBIDDEN
        )


def _typed(path: str, form: Form, act: str) -> Form:
    """What was typed into the form of an act, where it was that one that was sent: on a page with
    several, fields of the same name mean other things."""
    return form if path.endswith(f"/{act}") else NOTHING


def grouped(octets: bytes) -> str:
    """Hexadecimal as people read it off to each other."""
    text = octets.hex()
    return " ".join(text[first : first + 4] for first in range(0, len(text), 4))
