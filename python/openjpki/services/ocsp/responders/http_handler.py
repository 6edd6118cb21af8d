"""OCSP over HTTP: GET and POST (RFC 6960 appendix A, RFC 9919).

Nothing of a request is logged. Whoever is refused is told an id, in the header ``X-Request-Id``,
under which the log has why; a UUID that came in that header is taken.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from email.utils import format_datetime
from typing import TYPE_CHECKING

from aiohttp import HttpVersion11, web

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.registry.access import NOBODY
from openjpki.services.ocsp.responders.answering import RefusalError
from openjpki.services.ocsp.responders.http_request import MAX_REQUEST, request_of_path
from openjpki.telemetry.lines import Lines
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import OCSP_DURATION, OCSP_RESPONSES
from openjpki.x509.ocsp import ErrorStatus, error_response

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from datetime import datetime

    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.registry.access import Requester
    from openjpki.services.ocsp.responders.answering import Answering, UnsignedResponse
    from openjpki.services.ocsp.responders.signing import Signing
    from openjpki.x509.ocsp import OcspRequest

REQUEST_TYPE = "application/ocsp-request"
RESPONSE_TYPE = "application/ocsp-response"

READ_TIME = 10.0
"""Seconds for a request's body to arrive."""
SIGN_TIME = 10.0
"""Seconds for its answer to be signed."""
REFUSALS_LOGGED = 20
"""Refusals a second that the log tells of: strangers are refused as often as they like. The metric
counts all."""
REQUEST_ID = "X-Request-Id"
_ID = web.RequestKey("id", str)
MAX_BEING_VERIFIED = 256
"""Signed requests in line for their signature; more are told to come again."""

_NAMES = {
    ErrorStatus.MALFORMED_REQUEST: "malformedRequest",
    ErrorStatus.INTERNAL_ERROR: "internalError",
    ErrorStatus.TRY_LATER: "tryLater",
    ErrorStatus.SIG_REQUIRED: "sigRequired",
    ErrorStatus.UNAUTHORIZED: "unauthorized",
}
_log = get_logger("http")


class OcspHandler:
    """Serves the requests of one listener."""

    def __init__(
        self,
        answering: Answering,
        signing: Signing,
        clock: Clock,
        requester_of: Callable[[web.BaseRequest], Requester],
        verifying: Executor,
    ) -> None:
        """``verifying``: where signatures of requests are verified."""
        self._answering = answering
        self._signing = signing
        self._clock = clock
        self._requester_of = requester_of
        self._verifying = verifying
        self._being_verified = 0
        self._lines = Lines(REFUSALS_LOGGED)

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        """An OCSPResponse with 200, also one that says why there is no answer; 405, 413, 415 and
        408 for what is no OCSP over HTTP at all."""
        began = time.perf_counter()
        try:
            der = await _read(request)
            return await self._answer(request, der, began)
        except RefusalError as refusal:
            return self._refused(request, refusal)
        except TimeoutError:
            return self._refused(request, RefusalError(ErrorStatus.TRY_LATER))
        except web.HTTPException as error:
            return self._tell(request, _plain(error), error.status, NOBODY)
        except Exception as error:  # noqa: BLE001 - the edge: nothing may leak past it
            _log.error("request failed", request_id=_id_of(request), exc_info=error)
            return self._refused(request, RefusalError(ErrorStatus.INTERNAL_ERROR))

    def unread(self, request: web.BaseRequest) -> web.Response:
        """The answer to what is no HTTP; ``request``: what stands for it, without its octets."""
        return self._tell(request, _plain(web.HTTPBadRequest()), 400, NOBODY)

    def _refused(self, request: web.BaseRequest, refusal: RefusalError) -> web.Response:
        status = _NAMES[refusal.status]
        OCSP_RESPONSES.labels(status, refusal.via).inc()
        response = web.Response(
            body=error_response(refusal.status),
            content_type=RESPONSE_TYPE,
            headers={"Cache-Control": "no-store"},
        )
        return self._tell(request, response, status, refusal.via, refusal.reason)

    def _tell(
        self,
        request: web.BaseRequest,
        response: web.Response,
        status: str | int,
        via: str,
        reason: Reason | None = None,
    ) -> web.Response:
        """A refusal with its id, which the log has too."""
        request_id = _id_of(request)
        response.headers[REQUEST_ID] = request_id
        if self._lines.take():
            _log.info(
                "request refused",
                status=status,
                via=via,
                reason=reason.name if reason else None,
                request_id=request_id,
            )
        return response

    async def _unsigned(self, asked: OcspRequest, requester: Requester) -> UnsignedResponse:
        """From memory, so at once; a signature is verified where nobody else waits for it."""
        if not self._answering.verifies(asked, requester):
            return self._answering(asked, requester)
        if self._being_verified >= MAX_BEING_VERIFIED:
            raise RefusalError(ErrorStatus.TRY_LATER)
        self._being_verified += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._verifying, self._answering, asked, requester
            )
        finally:
            self._being_verified -= 1

    async def _answer(self, request: web.BaseRequest, der: bytes, began: float) -> web.Response:
        response = await self._unsigned(self._answering.read(der), self._requester_of(request))
        try:
            async with asyncio.timeout(SIGN_TIME):
                body = await self._signing.sign(response.responder, response.data)
        except OpenJpkiError as error:
            again = error.reason.retryable
            if not again:
                told = _id_of(request)
                _log.error("response not signed", reason=error.reason.name, request_id=told)
            status = ErrorStatus.TRY_LATER if again else ErrorStatus.INTERNAL_ERROR
            raise RefusalError(status, response.via, error.reason) from None
        for found in response.statuses:
            OCSP_RESPONSES.labels(found.name.lower(), response.via).inc()
        OCSP_DURATION.labels(response.via).observe(time.perf_counter() - began)
        headers = {"Cache-Control": "no-store"}
        if request.method == "GET" and response.cacheable:
            headers = _caching(response, body, self._clock.now())
        return web.Response(body=body, content_type=RESPONSE_TYPE, headers=headers)


def _caching(response: UnsignedResponse, body: bytes, now: datetime) -> dict[str, str]:
    """RFC 9919 section 6.2, but private: the answer is for this verifier and not for whoever
    shares a cache with it (R4.2)."""
    left = max(int((response.next_update - now).total_seconds()), 0)
    return {
        "Cache-Control": f"max-age={left}, private, no-transform, must-revalidate",
        "Last-Modified": format_datetime(response.this_update, usegmt=True),
        "Expires": format_datetime(response.next_update, usegmt=True),
        "ETag": f'"{hashlib.sha256(body).hexdigest()}"',
    }


async def _read(request: web.BaseRequest) -> bytes:
    if request.method == "GET":
        try:
            return request_of_path(request.raw_path)
        except OpenJpkiError as error:
            if error.reason is Reason.MESSAGE_TOO_LARGE:
                raise web.HTTPRequestURITooLong from None
            raise RefusalError(ErrorStatus.MALFORMED_REQUEST) from None
    if request.method != "POST":
        raise web.HTTPMethodNotAllowed(request.method, ["GET", "POST"])
    if request.content_type != REQUEST_TYPE:
        raise web.HTTPUnsupportedMediaType
    length = request.content_length
    if length is not None and length > MAX_REQUEST:
        raise web.HTTPRequestEntityTooLarge(MAX_REQUEST, length)
    await _ask_for_the_rest(request)
    body = bytearray()
    try:
        async with asyncio.timeout(READ_TIME):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > MAX_REQUEST:
                    raise web.HTTPRequestEntityTooLarge(MAX_REQUEST, len(body))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)


async def _ask_for_the_rest(request: web.BaseRequest) -> None:
    """Say that the body may come, to a client that waits for it (RFC 9110 10.1.1)."""
    expected = request.headers.get("Expect")
    if expected is None or request.version < HttpVersion11:
        return
    if expected.lower() != "100-continue":
        raise web.HTTPExpectationFailed
    if request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def _id_of(request: web.BaseRequest) -> str:
    """The caller's own, where it is one: any other text there is the caller's. Always the same."""
    if _ID not in request:
        try:
            request[_ID] = str(uuid.UUID(request.headers.get(REQUEST_ID, "")))
        except ValueError:
            request[_ID] = str(uuid.uuid4())
    return request[_ID]


def _plain(error: web.HTTPException) -> web.Response:
    """Without the body that the exception would carry. The connection ends, as the rest of its
    request may not have been read."""
    headers = {"Cache-Control": "no-store", "Connection": "close"}
    if isinstance(error, web.HTTPMethodNotAllowed):
        headers["Allow"] = "GET, POST"
    response = web.Response(status=error.status, headers=headers)
    response.force_close()
    return response
