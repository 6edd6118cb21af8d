"""Before every page: the name it was asked by, the session, where a form comes from; and behind it
what a browser may do with it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from openjpki.console.entrance import Entrance

COOKIE = "openjpki-console"
ENTER = "/enter/"
STATIC = "/static/"
MAX_FORM = 128 * 1024
"""Octets: a PKCS#10 and the fields beside it."""

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    # Not no-referrer: a browser then hides the origin of forms too.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """Around the application. ``host`` is the one name and port that it answers to: another page
    whose name leads here (DNS rebinding) asks by its own. ``closed`` is what is shown to whoever
    has no session."""

    def __init__(
        self, app: ASGIApp, *, host: str, entrance: Entrance, closed: Callable[[Request], Response]
    ) -> None:
        self._app = app
        self._host = host
        self._entrance = entrance
        self._closed = closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        answer = self._refusal(scope) or self._app

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        await answer(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host") != self._host:
            return _plain(HTTPStatus.MISDIRECTED_REQUEST)
        path: str = scope["path"]
        if path.startswith((STATIC, ENTER)):
            return None
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        session = self._entrance.session(cookie)
        if session is None:
            self._entrance.invite()
            return self._closed(Request(scope))
        scope.setdefault("state", {})["session"] = session
        return _of_form(headers, self._host) if scope["method"] == "POST" else None


def _of_form(headers: Headers, host: str) -> Response | None:
    """Why a form is not taken: it is not from a page of ours, or too long, or of unknown length."""
    if headers.get("origin") != f"http://{host}":
        return _plain(HTTPStatus.FORBIDDEN)
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return _plain(HTTPStatus.FORBIDDEN)
    length = headers.get("content-length", "")
    if not length.isdecimal():
        return _plain(HTTPStatus.LENGTH_REQUIRED)
    if int(length) > MAX_FORM:
        return _plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return None


def _plain(status: HTTPStatus) -> Response:
    return PlainTextResponse(status.phrase, status)
