"""The applicant's card, in a reader at this machine: its key made (③), certificates written (⑦)."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli.card import card_key, make_card_key, open_card, write_card
from openjpki.cli.key_file import certification_request
from openjpki.cli.window_card import governor_of
from openjpki.cli.window_paper import require_meant
from openjpki.cli.window_statements import sign_presentation
from openjpki.console.acts import named
from openjpki.console.entrance import session_of
from openjpki.console.forms import PIN
from openjpki.console.one_application import application_page
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.csr import parse_csr
from openjpki.x509.profiles.said_by_certificate import said_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from openjpki.console.desk import Desk
    from openjpki.console.forms import Form
    from openjpki.console.pages import Pages
    from openjpki.keys.pkcs11.backend import Pkcs11Backend


@dataclass(frozen=True, slots=True, repr=False)
class _TypedPin:
    """What the holder typed into the form."""

    pin: str

    def read(self) -> bytearray:
        """A fresh copy."""
        return bytearray(self.pin.encode())


def card_key_presented(pages: Pages, request: Request, form: Form) -> Response:
    """`POST …/card-key`: ③ and ④ at once. A key that the card has already is presented: whether it
    was used before, the service knows."""
    application_id = str(request.path_params["application_id"])
    desk = pages.desk

    def make(request_id: str) -> pb.PresentPublicKeyRequest:
        shown = desk.application(application_id).application
        with _opened(desk, form) as card:
            made = pb.PresentPublicKeyRequest(
                request_id=request_id,
                **named(shown),
                certification_request=_key_of(card),
            )
        sign_presentation(made, shown, desk.signer)
        return made

    try:
        sent = session_of(request).sent.request(
            form.form_id, (request.url.path, form.content), make
        )
        desk.service.PresentPublicKey(sent)
    except OpenJpkiError as refusal:
        return application_page(pages, request, application_id, refusal=refusal, form=form)
    key = parse_csr(sent.certification_request, field="certification_request")
    return pages.page(
        request,
        "done.html",
        title="card_key_made",
        lead="card_key_note",
        rows=[("key_sha256", key.fingerprint)],
        here=f"/applications/{application_id}",
    )


def card_written(pages: Pages, request: Request, form: Form) -> Response:
    """`POST …/write-card`: ⑦, both certificates onto the card that has the key."""
    application_id = str(request.path_params["application_id"])
    desk = pages.desk
    found = desk.application(application_id).application
    try:
        issuer = _write(desk, found, application_id, form)
    except OpenJpkiError as refusal:
        return application_page(pages, request, application_id, refusal=refusal, form=form)
    return pages.page(
        request,
        "done.html",
        title="card_written",
        lead="card_written_note",
        rows=[
            ("serial", found.serial),
            ("certificate_sha256", hashlib.sha256(found.certificate).digest()),
            ("authority_sha256", hashlib.sha256(issuer).digest()),
        ],
        here=f"/applications/{application_id}",
    )


def _write(desk: Desk, found: pb.Application, asked: str, form: Form) -> bytes:
    """The governor's own certificate back, X.509 DER."""
    if not found.certificate:
        raise OpenJpkiError(Reason.WRONG_STATE, "has no certificate", field="application_id")
    require_meant(found, said_by(found.certificate), asked)
    issuer = governor_of(found.certificate, desk.authorities, desk.municipality)
    with _opened(desk, form) as card:
        write_card(card, found.certificate, issuer)
    return issuer


def _key_of(card: Pkcs11Backend) -> bytes:
    try:
        return make_card_key(card)
    except OpenJpkiError as refusal:
        if refusal.reason is not Reason.KEY_EXISTS:
            raise
    return certification_request(card_key(card))


@contextmanager
def _opened(desk: Desk, form: Form) -> Iterator[Pkcs11Backend]:
    if desk.card is None:
        raise OpenJpkiError(Reason.INVALID_FIELD, "is needed to reach a card", field="--card")
    with open_card(desk.card, desk.card_module, None, typed=_TypedPin(form.text(PIN))) as card:
        yield card
