"""Certificates of a person who has lost the card, and their revocation (R3.1.1a, R3.1.1b)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import revocation_pb2
from openjpki.cli.arguments import serial_number
from openjpki.cli.window_statements import sign_revocation
from openjpki.console.checks import check_of
from openjpki.console.entrance import session_of
from openjpki.console.forms import NOTHING
from openjpki.console.people import attributes_of
from openjpki.console.words import Words
from openjpki.errors import OpenJpkiError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from openjpki.console.forms import Form
    from openjpki.console.pages import Pages

CAUSES = {
    "user-wish": revocation_pb2.REVOCATION_CAUSE_USER_WISH,
    "key-compromise": revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE,
}
"""What a person can ask for at the window."""


def search(pages: Pages, request: Request) -> Response:
    """`GET /certificates`: whose."""
    return pages.page(request, "certificates.html", form=NOTHING, found=None)


def find(pages: Pages, request: Request, form: Form) -> Response:
    """`POST /certificates`: theirs, newest first. What was asked for stands in no address."""
    desk = pages.desk
    try:
        answer = desk.service.FindCertificates(
            pb.FindCertificatesRequest(
                municipality_code=desk.municipality.code,
                person=attributes_of(form, desk, pb.FindCertificatesRequest.DESCRIPTOR, "person"),
            )
        )
    except OpenJpkiError as refusal:
        return pages.page(
            request,
            "certificates.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            refusal=refusal,
            form=form,
            found=None,
        )
    return pages.page(request, "certificates.html", form=form, found=answer.certificates)


def revocation(pages: Pages, request: Request) -> Response:
    """`GET /certificates/{serial}/revoke`: what is asked of the person."""
    return _page(pages, request, NOTHING)


def revoke(pages: Pages, request: Request, form: Form) -> Response:
    """`POST /certificates/{serial}/revoke`."""
    desk = pages.desk

    def make(request_id: str) -> pb.RevokeCertificateRequest:
        made = pb.RevokeCertificateRequest(
            request_id=request_id,
            municipality_code=desk.municipality.code,
            serial=serial_number(request.path_params["serial"]),
            cause=_cause(form),
            check=check_of(form, desk.rules()),
        )
        sign_revocation(made, desk.signer)
        return made

    content = (request.url.path, form.content)
    try:
        answer = desk.service.RevokeCertificate(
            session_of(request).sent.request(form.form_id, content, make)
        )
    except OpenJpkiError as refusal:
        return _page(pages, request, form, refusal)
    at = Words(session_of(request).language).moment(answer.revoked_at)
    serial = serial_number(request.path_params["serial"])
    rows = [("serial", serial), ("revoked_at", at)]
    return pages.page(request, "done.html", title="revoked_title", lead="", rows=rows, here="/")


def turn_down(pages: Pages, request: Request, form: Form) -> Response:
    """`POST /certificates/{serial}/turn-down`: who asks is refused, and why is kept."""
    desk = pages.desk
    serial = serial_number(request.path_params["serial"])

    def make(request_id: str) -> pb.RefuseRevocationRequest:
        return pb.RefuseRevocationRequest(
            request_id=request_id,
            municipality_code=desk.municipality.code,
            window_id=f"{desk.municipality.code}{desk.window}",
            serial=serial,
            cause=_cause(form),
            asker=pb.RevocationAsker.ValueType(form.number("asker")),
            reason=pb.RevocationRefusalReason.ValueType(form.number("reason")),
            explanation=form.text("explanation"),
        )

    content = (request.url.path, form.content)
    try:
        desk.service.RefuseRevocation(session_of(request).sent.request(form.form_id, content, make))
    except OpenJpkiError as refusal:
        return _page(pages, request, form, refusal)
    rows = [("serial", serial)]
    return pages.page(request, "done.html", title="turned_down", lead="", rows=rows, here="/")


def _cause(form: Form) -> revocation_pb2.RevocationCause.ValueType:
    return CAUSES.get(form.text("cause"), revocation_pb2.REVOCATION_CAUSE_UNSPECIFIED)


def _page(
    pages: Pages, request: Request, form: Form, refusal: OpenJpkiError | None = None
) -> Response:
    return pages.page(
        request,
        "revoke.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK,
        refusal=refusal,
        form=form,
        form_id=pages.form_id_after(refusal, form),
        serial=serial_number(request.path_params["serial"]),
        here=f"/certificates/{request.path_params['serial']}/revoke",
        causes=list(CAUSES),
        rules=pages.desk.rules(),
    )
