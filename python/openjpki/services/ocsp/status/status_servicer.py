"""StatusService: whether certificates still hold, for registered verifiers (R4.1.1, R4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2, ocsp_pb2_grpc
from openjpki.domain.authority import AuthorityId
from openjpki.rpc.current_call import peer_of
from openjpki.services.ocsp.status.watch import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import grpc

    from openjpki.domain.certificate_status import StatusAnswer
    from openjpki.services.ocsp.context import OcspContext
    from openjpki.services.ocsp.status.statuses import AuthorityStatus, Position


class StatusServicer(ocsp_pb2_grpc.StatusServiceServicer):
    """Looks up in memory; nothing of a question is kept (R5.2.2)."""

    def __init__(self, ocsp: OcspContext, stopping: Callable[[], bool]) -> None:
        self._registry = ocsp.registry
        self._statuses = ocsp.statuses
        self._stopping = stopping

    def Check(  # noqa: N802
        self, request: ocsp_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> ocsp_pb2.CheckResponse:
        """The status of one certificate, as of when this replica last heard the authority."""
        known = self._admit(request.authority_id, context).known()
        return _response(known.lookup(request.serial), known.position)

    def CheckBatch(  # noqa: N802
        self, request: ocsp_pb2.CheckBatchRequest, context: grpc.ServicerContext
    ) -> ocsp_pb2.CheckBatchResponse:
        """The statuses of many certificates of one authority, all at one position of its feed."""
        known = self._admit(request.authority_id, context).known()
        statuses, reasons, revoked_at = known.lookup_batch(request.serials)
        return ocsp_pb2.CheckBatchResponse(
            statuses=statuses,
            reasons=reasons,
            revoked_at=revoked_at,
            sequence=known.position.sequence,
            as_of=int(known.position.as_of.timestamp()),
        )

    def Watch(  # noqa: N802
        self, request: ocsp_pb2.WatchRequest, context: grpc.ServicerContext
    ) -> Iterator[ocsp_pb2.WatchResponse]:
        """The status of each certificate now, then every change, until the caller ends it."""
        authority = self._admit(request.authority_id, context)
        verifier_id = peer_of(context).scope

        def still_allowed() -> None:
            self._registry.current.require(verifier_id, authority.authority_id)

        for told in watch(authority, request.serials, context, still_allowed, self._stopping):
            yield ocsp_pb2.WatchResponse(
                serial=told.serial, status=_response(told.status, told.position)
            )

    def _admit(self, text: str, context: grpc.ServicerContext) -> AuthorityStatus:
        """Raises ``UNKNOWN_VERIFIER``, ``OUT_OF_SCOPE``, ``AUTHORITY_NOT_FOUND``."""
        authority_id = AuthorityId.parse(text)
        self._registry.current.require(peer_of(context).scope, authority_id)
        return self._statuses.require(authority_id)


def _response(found: StatusAnswer, position: Position) -> ocsp_pb2.CheckResponse:
    return ocsp_pb2.CheckResponse(
        status=found.status,  # type: ignore[arg-type]
        reason=found.reason,
        revoked_at=found.revoked_at,
        sequence=position.sequence,
        as_of=int(position.as_of.timestamp()),
    )
