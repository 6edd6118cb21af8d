"""OCSP over HTTP: GET and POST (RFC 6960 appendix A, RFC 9919). Nothing of a request is logged."""

from __future__ import annotations

import asyncio
import hashlib
import time
from email.utils import format_datetime
from typing import TYPE_CHECKING

from aiohttp import web

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.registry.access import NOBODY
from openjpki.services.ocsp.responders.answering import RefusalError
from openjpki.services.ocsp.responders.http_request import MAX_REQUEST, request_of_path
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import OCSP_DURATION, OCSP_RESPONSES
from openjpki.x509.ocsp import ErrorStatus, error_response

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.registry.access import Requester
    from openjpki.services.ocsp.responders.answering import Answering, UnsignedResponse
    from openjpki.services.ocsp.responders.signing_queue import SigningQueue

REQUEST_TYPE = "application/ocsp-request"
RESPONSE_TYPE = "application/ocsp-response"

READ_TIME = 10.0
"""Seconds for a request's body to arrive."""
SIGN_TIME = 10.0
"""Seconds for its answer to be signed."""

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
        signing: SigningQueue,
        clock: Clock,
        requester_of: Callable[[web.BaseRequest], Requester],
    ) -> None:
        self._answering = answering
        self._signing = signing
        self._clock = clock
        self._requester_of = requester_of

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        """An OCSPResponse with 200, also one that says why there is no answer; 405, 413, 415 and
        408 for what is no OCSP over HTTP at all."""
        began = time.perf_counter()
        try:
            der = await _read(request)
            return await self._answer(request, der, began)
        except RefusalError as refusal:
            return _refused(refusal.status, refusal.via)
        except TimeoutError:
            return _refused(ErrorStatus.TRY_LATER, NOBODY)
        except web.HTTPException as error:
            return _plain(error)
        except Exception as error:  # noqa: BLE001 - the edge: nothing may leak past it
            _log.error("request failed", exc_info=error)
            return _refused(ErrorStatus.INTERNAL_ERROR, NOBODY)

    async def _answer(self, request: web.BaseRequest, der: bytes, began: float) -> web.Response:
        response = self._answering(der, self._requester_of(request))
        try:
            async with asyncio.timeout(SIGN_TIME):
                body = await self._signing.sign(response.responder, response.data)
        except OpenJpkiError as error:
            again = error.reason.retryable
            if not again:
                _log.error("response not signed", reason=error.reason.name)
            status = ErrorStatus.TRY_LATER if again else ErrorStatus.INTERNAL_ERROR
            raise RefusalError(status, response.via) from None
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


def _refused(status: ErrorStatus, via: str) -> web.Response:
    OCSP_RESPONSES.labels(_NAMES[status], via).inc()
    return web.Response(
        body=error_response(status),
        content_type=RESPONSE_TYPE,
        headers={"Cache-Control": "no-store"},
    )


def _plain(error: web.HTTPException) -> web.Response:
    """Without the body that the exception would carry. The connection ends, as the rest of its
    request may not have been read."""
    headers = {"Cache-Control": "no-store", "Connection": "close"}
    if isinstance(error, web.HTTPMethodNotAllowed):
        headers["Allow"] = "GET, POST"
    response = web.Response(status=error.status, headers=headers)
    response.force_close()
    return response
