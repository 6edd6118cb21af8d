"""The event loop that serves OCSP over HTTP and HTTPS, in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from threading import Thread
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from openjpki.rpc.server.binding import binding
from openjpki.services.ocsp.registry.requesters import TlsRequesters, plain_requester
from openjpki.services.ocsp.responders.http_handler import OcspHandler
from openjpki.services.ocsp.responders.signing import Signing
from openjpki.telemetry.metrics import OCSP_WAITING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from concurrent.futures import Future

    from openjpki.config.address import Address
    from openjpki.domain.clock import Clock
    from openjpki.rpc.server.deny_list import DenyList
    from openjpki.services.ocsp.registry.access import Requester
    from openjpki.services.ocsp.responders.answering import Answering
    from openjpki.services.ocsp.responders.https_contexts import HttpsContexts

KEEP_ALIVE = 30.0
"""Seconds an idle connection is kept."""
DRAIN = 5.0
"""Seconds that requests in progress may take to end when the service stops."""
SIGNERS = 32
"""Responses that wait for a token at once: it signs as many as it has sessions."""
VERIFIERS = 1
"""Signed requests verified at once: whoever sends them takes no more than a processor."""
_START = 30.0
FIRST_REQUEST = 10.0
"""Seconds for a new connection to complete TLS, and to send its first request's header."""
MAX_SILENT = 1024
"""Connections that have not asked yet; when one more comes, the one that has been silent longest
ends."""


class _Connection(RequestHandler):
    """A connection whose client may end its own side first, once it has asked."""

    __slots__ = ("over", "unread")

    over: Callable[[RequestHandler], None]
    """Told when the connection is."""
    unread: Callable[[web.BaseRequest], web.Response]
    """Answers what is no HTTP."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._force_close:
            # Ended while TLS was still to be completed, when there was nothing to close yet.
            transport.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        self.over(self)
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status != HTTPStatus.BAD_REQUEST:
            return super().handle_error(request, status, exc, message)
        # aiohttp would log an error with its traceback for each, and quote the octets it could not
        # read in its answer.
        return self.unread(request)

    def eof_received(self) -> bool:  # type: ignore[override]
        # Without this asyncio closes the connection with the answer still unsent (RFC 9112 9.6).
        # Over TLS the standard library can't keep one side open.
        waits = self._waiter is not None and not self._waiter.done()
        if waits or self.transport is None or self.transport.get_extra_info("sslcontext"):
            return False
        # After the answer.
        self.close()
        return True


class _PromptServer(web.Server):
    """Ends connections that never ask: aiohttp limits the time between requests, not before the
    first, and each would hold a socket."""

    def __init__(self, handler: OcspHandler) -> None:
        self._silent: dict[RequestHandler, asyncio.TimerHandle] = {}
        self._unread = handler.unread

        async def asked(request: web.BaseRequest) -> web.Response:
            self._forget(request.protocol)
            return await handler(request)

        super().__init__(
            asked,
            # No access log: the path of a GET holds the serial number that is asked about (R5.2.2).
            access_log=None,
            keepalive_timeout=KEEP_ALIVE,
            auto_decompress=False,
            lingering_time=1.0,
        )

    def __call__(self) -> RequestHandler:
        """One connection's protocol."""
        protocol = _Connection(self, loop=asyncio.get_running_loop(), **self._kwargs)
        protocol.over = self._forget
        protocol.unread = self._unread
        if len(self._silent) >= MAX_SILENT:
            self._end(next(iter(self._silent)))
        self._silent[protocol] = asyncio.get_running_loop().call_later(
            FIRST_REQUEST, self._end, protocol
        )
        return protocol

    def _end(self, protocol: RequestHandler) -> None:
        self._forget(protocol)
        protocol.force_close()

    def _forget(self, protocol: RequestHandler) -> None:
        timer = self._silent.pop(protocol, None)
        if timer is not None:
            timer.cancel()


@dataclass(slots=True, kw_only=True)
class HttpServer:
    """Listens between :meth:`start` and :meth:`stop`."""

    answering: Answering
    clock: Clock
    trust_domain: str
    deny_list: DenyList
    http_listen: Address
    https_listen: Address | None
    contexts: HttpsContexts | None
    port: int = 0
    """Of plain HTTP, as bound."""
    https_port: int | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: Thread | None = None
    _runners: list[web.ServerRunner] | None = None
    _executor: ThreadPoolExecutor | None = None
    _signing: Signing | None = None
    _verifying: ThreadPoolExecutor | None = None

    def start(self) -> None:
        """Bind and serve. Raises as :func:`openjpki.rpc.server.binding.binding`."""
        self._loop = asyncio.new_event_loop()
        self._executor = ThreadPoolExecutor(SIGNERS, "ocsp-sign")
        self._verifying = ThreadPoolExecutor(VERIFIERS, "ocsp-verify")
        self._runners = []
        self._thread = Thread(target=self._loop.run_forever, name="ocsp-http", daemon=True)
        self._thread.start()
        started: Future[None] = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        try:
            started.result(_START)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop listening, let requests in progress end, close."""
        if self._loop is None or self._thread is None or self._executor is None:
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._executor.shutdown()
        if self._verifying is not None:
            self._verifying.shutdown()
        self._loop = None

    async def _listen(self) -> None:
        assert self._executor is not None  # noqa: S101 - start made it
        signing = self._signing = Signing(self._executor)
        OCSP_WAITING.set_function(lambda: signing.waiting)
        with binding("ocsp.http_listen", self.http_listen):
            self.port = await self._serve(signing, plain_requester, self.http_listen, None)
        if self.https_listen is not None and self.contexts is not None:
            requesters = TlsRequesters(self.trust_domain, self.clock, self.deny_list)
            with binding("ocsp.https_listen", self.https_listen):
                self.https_port = await self._serve(
                    signing, requesters, self.https_listen, self.contexts.listening
                )

    async def _serve(
        self,
        signing: Signing,
        requester_of: Callable[[web.BaseRequest], Requester],
        listen: Address,
        context: ssl.SSLContext | None,
    ) -> int:
        assert self._verifying is not None  # noqa: S101 - start made it
        server = _PromptServer(
            OcspHandler(self.answering, signing, self.clock, requester_of, self._verifying)
        )
        runner = web.ServerRunner(server, shutdown_timeout=DRAIN)
        await runner.setup()
        assert self._runners is not None  # noqa: S101 - start made it
        self._runners.append(runner)
        await _Site(runner, listen, context).start()
        return int(runner.addresses[0][1])

    async def _close(self) -> None:
        for runner in self._runners or ():
            await runner.cleanup()
        if self._signing is not None:
            self._signing.close()


class _Site(web.BaseSite):
    """Where a runner listens: on both families where the address is IPv6's every one, and with TLS
    that must be completed in time."""

    def __init__(
        self, runner: web.BaseRunner, listen: Address, context: ssl.SSLContext | None
    ) -> None:
        super().__init__(runner, ssl_context=context)
        self._listen = listen

    @property
    def name(self) -> str:
        return str(self._listen)

    async def start(self) -> None:
        await super().start()
        serving = self._runner.server
        assert serving is not None  # noqa: S101 - the runner was set up
        loop = asyncio.get_running_loop()
        family, _, _, _, place = (
            await loop.getaddrinfo(
                self._listen.host,
                self._listen.port,
                type=socket.SOCK_STREAM,
                flags=socket.AI_PASSIVE,
            )
        )[0]
        both = family is socket.AF_INET6 and self._listen.host == "::"
        listening = socket.create_server(
            place,
            family=family,
            backlog=_BACKLOG,
            dualstack_ipv6=both and socket.has_dualstack_ipv6(),
        )
        self._server = await loop.create_server(
            serving,
            sock=listening,
            ssl=self._ssl_context,
            backlog=_BACKLOG,
            ssl_handshake_timeout=FIRST_REQUEST if self._ssl_context else None,
        )


_BACKLOG = 1024
