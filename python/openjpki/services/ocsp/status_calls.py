"""StatusService over gRPC, served by the signing core (``signer_core/dataplane``)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import grpc

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.errors import DOMAIN, Reason
from openjpki.rpc.server.authorization import ContractError, policies_of
from openjpki.rpc.server.server import KEEP_ALIVE, KEEP_ALIVE_TIMEOUT
from openjpki.services.ocsp.responders.control import Control
from openjpki.services.ocsp.responders.http_server import listen_at, threads
from openjpki.signer_core import OcspCalls, OcspServer
from openjpki.telemetry.logging import debugging, get_logger
from openjpki.telemetry.metrics import (
    REGISTRY,
    RPC_CONNECTIONS_ENDED,
    RPC_DURATION,
    RPC_HANDLED,
    RPC_NO_ROOM,
    RPC_STARTED,
    SECONDS,
)
from openjpki.telemetry.rpc_metrics import MethodMetrics

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from openjpki.config.address import Address
    from openjpki.domain.clock import Clock
    from openjpki.rpc.identity.credentials import TlsFiles
    from openjpki.rpc.server.server import ServerLimits
    from openjpki.services.ocsp.responders.plane import Plane

_SERVICE = ocsp_pb2.DESCRIPTOR.services_by_name["StatusService"]
STATUS_SERVICE = _SERVICE.full_name
MOST_SECONDS_BEHIND = 10.0
"""Seconds a change may wait for who watches."""
STUCK_AFTER_SECONDS = 30.0
"""Seconds a message may wait to be taken by its reader's connection."""
_STREAM = "Watch"
_OF_STRANGERS = 4
"""A part of the connections: those of whom nobody knows yet who they are."""
_BEHIND = "behind", "any"
"""Service and method that calls are counted under which were handed on (OK, whatever came of them
there), or could not be."""
_log = get_logger("rpc")


class CallsControl(Control):
    """What the edge asks Python for, off the way of an answer."""

    def call_ended(
        self,
        method: str,
        peer: str | None,
        reason: str | None,
        field: str | None,
        seconds: float,
    ) -> None:
        """A call was answered, or refused with this reason of the catalogue; as
        :func:`openjpki.rpc.server.outcome.log_end` tells of one. One that could not be handed on
        ended with this code."""
        took = round(seconds, 6)
        if reason is None:
            _log.debug("call", method=method, peer=peer, code="OK", seconds=took)
            return
        if method == "/".join(_BEHIND):
            _log.warning("call not handed on", peer=peer, code=reason, seconds=took)
            return
        _log.info(
            "call refused",
            method=method,
            peer=peer,
            code=Reason[reason].grpc_code,
            reason=reason,
            field=field,
            request_id=None,
            seconds=took,
        )

    def call_failed(self, method: str, reference: str) -> None:
        """A fault of ours; the core's own words on it are on stderr."""
        _log.error("call failed", method=method, reference=reference)

    def lines_left_out(self, how_many: int) -> None:
        """Calls of which nothing was told, as there were too many at once."""
        _log.warning("refused calls not told of", count=how_many)


class StatusCalls:
    """The front of the service's gRPC server: see :class:`openjpki.rpc.server.front.Front`."""

    services: Sequence[str] = (STATUS_SERVICE,)

    def __init__(
        self,
        plane: Plane,
        *,
        listen: Address,
        files: TlsFiles,
        trust_domain: str,
        clock: Clock,
        limits: ServerLimits,
    ) -> None:
        """Raises ``INVALID_FIELD``, and
        :class:`~openjpki.rpc.server.authorization.ContractError`."""
        self._plane = plane
        self._listen = listen
        self._files = files
        self._limits = limits
        self._control = CallsControl(trust_domain, files, clock)
        self._roles = _roles()
        self._calls: OcspCalls | None = None
        self._server: OcspServer | None = None
        for method in self._roles:
            # The series that every method has, from the start at zero.
            MethodMetrics(STATUS_SERVICE, method)

    @property
    def in_use(self) -> tuple[int, int]:
        """Calls and streams in progress."""
        return (0, 0) if self._calls is None else self._calls.in_use

    def start(self, behind: Path, secret: bytes) -> int:
        """Bind and serve. Raises as :func:`openjpki.rpc.server.binding.binding`."""
        calls = self._calls = self._edge(behind, secret)
        limits = self._limits
        server = self._server = OcspServer(
            self._plane.core,
            self._control,
            threads=threads(),
            first_request=limits.handshake,
            next_request=limits.connection_idle,
            read=limits.message_patience,
            sign=0.0,
            drain=limits.drain,
            age=limits.connection_age,
            # Callers are known by their certificates, and often all come from one address; whoever
            # has not shown one yet makes room first.
            silent=max(limits.max_connections // _OF_STRANGERS, 1),
            silent_of_one=max(limits.max_connections // _OF_STRANGERS, 1),
            silent_first=True,
            connections=limits.max_connections,
            # Never before all together are too many.
            of_one=limits.max_connections + 1,
            bodies_of_one=0,
            signatures_of_one=0,
            lists_of_one=0,
            list_taken=0,
            calls=calls,
        )
        try:
            port = listen_at(server, "service.listen", self._listen, self._files)
        except BaseException:
            server.stop()
            self._server = None
            raise
        REGISTRY.before(self._counted)
        return port

    def stop(self) -> None:
        """Take no more, and let calls in progress end."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
            # What ended meanwhile counts too.
            self._counted()
            REGISTRY.no_longer_before(self._counted)

    def _edge(self, behind: Path, secret: bytes) -> OcspCalls:
        limits = self._limits

        def room(total: int, each: int) -> tuple[int, int, int]:
            # Operators have none of these methods.
            others = total - math.floor(total * limits.operator_share)
            return others, each, math.floor(total * limits.newcomer_share)

        return OcspCalls(
            self._control,
            service=STATUS_SERVICE,
            domain=DOMAIN,
            reasons={
                one.name: (grpc.StatusCode[one.grpc_code].value[0], one.retryable) for one in Reason
            },
            roles=self._roles,
            tells_all=debugging(),
            bounds=list(SECONDS),
            behind=behind,
            secret=secret,
            max_request=limits.max_request,
            message_patience=limits.message_patience,
            deadline_cap=limits.deadline_cap,
            of_one_connection=limits.max_calls_each + limits.max_streams_each,
            keep_alive=KEEP_ALIVE,
            keep_alive_timeout=KEEP_ALIVE_TIMEOUT,
            age_grace=limits.connection_age_grace,
            most_behind=MOST_SECONDS_BEHIND,
            stuck=STUCK_AFTER_SECONDS,
            calls=room(limits.max_calls, limits.max_calls_each),
            streams=room(limits.max_streams, limits.max_streams_each),
        )

    def _counted(self) -> None:
        if self._calls is None:
            return
        for method, started, handled, times in self._calls.take_counts():
            RPC_STARTED.labels(STATUS_SERVICE, method).inc(started)
            for code, count in handled:
                RPC_HANDLED.labels(STATUS_SERVICE, method, code).inc(count)
            RPC_DURATION.labels(STATUS_SERVICE, method).add(*times)
        for kind, whose, count in self._calls.take_refused():
            RPC_NO_ROOM.labels(kind, whose).inc(count)
        for code, count in self._calls.take_handed_on():
            RPC_HANDLED.labels(*_BEHIND, code).inc(count)
        for why, count in self._calls.take_connections():
            RPC_CONNECTIONS_ENDED.labels(why).inc(count)


def _roles() -> dict[str, set[str]]:
    """Who may call each method. Raises ``ContractError`` for what the edge does not look at: it
    compares no scope with a field, and knows nobody who works at one service alone."""
    roles: dict[str, set[str]] = {}
    for method, policy in policies_of(_SERVICE).items():
        contract = _SERVICE.methods_by_name[method]
        if contract.client_streaming or contract.server_streaming is not (method == _STREAM):
            raise ContractError(f"{contract.full_name} is none of the kind that is served")
        granted = policy.scope_fields
        if policy.any_peer or any(
            fields or role.reaches_several or role.names_its_service
            for role, fields in granted.items()
        ):
            raise ContractError(f"{STATUS_SERVICE}/{method} is granted in a way not served")
        roles[method] = {role.value for role in granted}
    return roles
