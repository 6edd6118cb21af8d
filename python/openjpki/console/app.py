"""The console as an ASGI application: which page is where."""

from __future__ import annotations

import sys
import traceback
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from openjpki.cli.misused import Misused
from openjpki.console import acts, cards, certificates, papers
from openjpki.console.applications import queue
from openjpki.console.apply import apply, new_application
from openjpki.console.entrance import session_of
from openjpki.console.forms import Form, read_form
from openjpki.console.guard import COOKIE, ENTER, STATIC, Guard
from openjpki.console.one_application import one_application
from openjpki.console.pages import HERE, Pages
from openjpki.console.totals import totals
from openjpki.errors import Language, OpenJpkiError, Reason, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from openjpki.console.desk import Desk
    from openjpki.console.entrance import Entrance

    Page = Callable[[Pages, Request], Response]
    FormPage = Callable[[Pages, Request, Form], Response]

APPLICATION = "/applications/{application_id:uuid}"
REVOCATION = "/certificates/{serial}/revoke"
ACTS = {
    "check": acts.check_identity,
    "key": acts.present_key,
    "approve": acts.approve,
    "reject": acts.reject,
    "take-over": acts.take_over,
    "withdraw": acts.withdraw,
    "hand-over": acts.hand_over,
    "card-key": cards.card_key_presented,
    "write-card": cards.card_written,
}
"""What may be done with an application, by the last part of the form's path."""
_STATUS = {
    Reason.APPLICATION_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Reason.SERVICE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


def build_app(desk: Desk, entrance: Entrance, *, host: str, language: Language) -> ASGIApp:
    """Everything, behind the guard. ``host``: name and port that browsers ask by."""
    pages = Pages(desk)
    app = Starlette(
        routes=[
            Route(f"{ENTER}{{token}}", partial(_enter, entrance), methods=["GET"]),
            Mount(STATIC.rstrip("/"), StaticFiles(directory=HERE / "static")),
            _shown("/", pages, queue),
            _shown("/totals", pages, totals),
            _shown("/guide.pdf", pages, papers.guide),
            _shown("/applications/new", pages, new_application),
            _sent("/applications/new", pages, apply),
            _shown(APPLICATION, pages, one_application),
            _shown(f"{APPLICATION}/copy.pdf", pages, papers.copy),
            _shown(f"{APPLICATION}/certificate.pem", pages, papers.certificate),
            *(_sent(f"{APPLICATION}/{name}", pages, act) for name, act in ACTS.items()),
            _shown("/certificates", pages, certificates.search),
            _sent("/certificates", pages, certificates.find),
            _shown(REVOCATION, pages, certificates.revocation),
            _sent(REVOCATION, pages, certificates.revoke),
            _sent("/certificates/{serial}/turn-down", pages, certificates.turn_down),
            _sent("/language", pages, _other_language),
            _sent("/leave", pages, partial(_leave, entrance)),
        ],
        exception_handlers={
            OpenJpkiError: partial(_refused, pages),
            Misused: partial(_misused, pages),
            HTTPException: partial(_failed, pages),
            Exception: partial(_fault, pages),
        },
    )
    return Guard(app, host=host, entrance=entrance, closed=lambda _: pages.closed(language))


def _shown(path: str, pages: Pages, page: Page) -> Route:
    def answer(request: Request) -> Response:
        return page(pages, request)

    return Route(path, answer, methods=["GET"])


def _sent(path: str, pages: Pages, page: FormPage) -> Route:
    async def answer(request: Request) -> Response:
        form = await read_form(request)
        return await run_in_threadpool(page, pages, request, form)

    return Route(path, answer, methods=["POST"])


def _enter(entrance: Entrance, request: Request) -> Response:
    # A program that looks at links before it opens them must not use this one up.
    session = entrance.enter(request.path_params["token"]) if request.method == "GET" else None
    answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
    if session is not None:
        answer.set_cookie(COOKIE, session.cookie, httponly=True, samesite="strict", path="/")
    return answer


def _other_language(_pages: Pages, request: Request, form: Form) -> Response:
    session = session_of(request)
    session.language = Language.EN if session.language is Language.JA else Language.JA
    back = form.text("back")
    return RedirectResponse(back if _is_page(back) else "/", HTTPStatus.SEE_OTHER)


def _is_page(path: str) -> bool:
    """Of ours, and no other place that reads like one."""
    return path.startswith("/") and not path.startswith("//") and "\\" not in path


def _leave(entrance: Entrance, pages: Pages, request: Request, _form: Form) -> Response:
    language = session_of(request).language
    entrance.leave()
    entrance.invite()
    answer = pages.closed(language)
    answer.status_code = HTTPStatus.OK
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


def _refused(pages: Pages, request: Request, error: Exception) -> Response:
    if not isinstance(error, OpenJpkiError):
        raise TypeError("is registered for refusals alone")
    status = _STATUS.get(error.reason, HTTPStatus.UNPROCESSABLE_ENTITY)
    return pages.page(request, "refused.html", refusal=error, status=status)


def _misused(pages: Pages, request: Request, error: Exception) -> Response:
    """Fonts that can't print what is to be printed."""
    if not isinstance(error, Misused):
        raise TypeError("is registered for values of the command line alone")
    rule = error.rule.in_language(session_of(request).language)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return pages.page(request, "fault.html", said=rule, status=status)


def _failed(pages: Pages, request: Request, error: Exception) -> Response:
    status = HTTPStatus(getattr(error, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR))
    if not hasattr(request.state, "session"):
        return PlainTextResponse(status.phrase, status)
    key = "form_old" if status is HTTPStatus.FORBIDDEN else "not_there"
    return pages.page(request, "not_there.html", key=key, status=status)


def _fault(pages: Pages, request: Request, error: Exception) -> Response:
    # Where, and of which kind: what an exception says may be somebody's.
    where = "".join(traceback.format_tb(error.__traceback__))
    print(f"{kind_of(error)}\n{where}", file=sys.stderr)  # noqa: T201 - whoever mends it
    if not hasattr(request.state, "session"):
        phrase = HTTPStatus.INTERNAL_SERVER_ERROR.phrase
        return PlainTextResponse(phrase, HTTPStatus.INTERNAL_SERVER_ERROR)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return pages.page(request, "fault.html", said=None, status=status)
