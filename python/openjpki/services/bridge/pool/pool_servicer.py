"""PoolService: what paths are built from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.bridge.v1 import bridge_pb2, bridge_pb2_grpc
from openjpki.services.bridge.pool.conversions import element_message
from openjpki.services.bridge.pool.elements import elements_of
from openjpki.services.bridge.pool.remove_element import remove_element
from openjpki.services.bridge.pool.submissions import submit_certificate, submit_revocation_list
from openjpki.services.common.request_key import request_key_of

if TYPE_CHECKING:
    import grpc

    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.pool.current_pool import CurrentPool

_SERVICE = "openjpki.api.bridge.v1.PoolService"


class PoolServicer(bridge_pb2_grpc.PoolServiceServicer):
    """What partners hand in, and the pool for everyone."""

    def __init__(self, bridge: BridgeContext, pool: CurrentPool) -> None:
        self._bridge = bridge
        self._pool = pool

    def SubmitCertificate(  # noqa: N802
        self, request: bridge_pb2.SubmitCertificateRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.SubmitCertificateResponse:
        """An authority\'s certificate, from a partner."""
        request_key = request_key_of(request, context, f"{_SERVICE}/SubmitCertificate")
        submit_certificate(self._bridge, request.partner_id, request.certificate, request_key)
        return bridge_pb2.SubmitCertificateResponse()

    def SubmitRevocationList(  # noqa: N802
        self, request: bridge_pb2.SubmitRevocationListRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.SubmitRevocationListResponse:
        """An authority\'s revocation list, from a partner."""
        request_key = request_key_of(request, context, f"{_SERVICE}/SubmitRevocationList")
        submit_revocation_list(
            self._bridge, request.partner_id, request.revocation_list, request_key
        )
        return bridge_pb2.SubmitRevocationListResponse()

    def ListPool(  # noqa: N802
        self, request: bridge_pb2.ListPoolRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.ListPoolResponse:
        """Every certificate and revocation list there is."""
        del request, context
        material = self._pool()
        return bridge_pb2.ListPoolResponse(
            certificates=material.certificates, revocation_lists=material.lists
        )

    def ListPoolElements(  # noqa: N802
        self, request: bridge_pb2.ListPoolElementsRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.ListPoolElementsResponse:
        """Everything that is kept, also what can't be read."""
        del context
        with self._bridge.database.reading() as tx:
            kept = list(elements_of(tx))
        return bridge_pb2.ListPoolElementsResponse(
            elements=[
                element_message(one)
                for one in kept
                if one.read is None or not request.unreadable_only
            ]
        )

    def RemovePoolElement(  # noqa: N802
        self, request: bridge_pb2.RemovePoolElementRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.RemovePoolElementResponse:
        """One officer takes out what was handed in."""
        request_key = request_key_of(request, context, f"{_SERVICE}/RemovePoolElement")
        remove_element(self._bridge, request.sha256, request_key)
        return bridge_pb2.RemovePoolElementResponse()
