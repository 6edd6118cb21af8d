"""PoolService and PathService: what paths are built from, and building them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.bridge.v1 import bridge_pb2, bridge_pb2_grpc
from openjpki.services.bridge.pool.submissions import submit_certificate, submit_list
from openjpki.services.common.request_key import request_key

if TYPE_CHECKING:
    import grpc

    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.pool.current_pool import CurrentPool
    from openjpki.services.bridge.validation.validate import Validate

_SERVICE = "openjpki.api.bridge.v1.PoolService"


class PoolServicer(bridge_pb2_grpc.PoolServiceServicer):
    """Hands each call to its use case."""

    def __init__(self, bridge: BridgeContext, pool: CurrentPool) -> None:
        self._bridge = bridge
        self._pool = pool

    def SubmitCertificate(  # noqa: N802
        self, request: bridge_pb2.SubmitCertificateRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.SubmitCertificateResponse:
        """See the contract."""
        key = request_key(request, context, f"{_SERVICE}/SubmitCertificate")
        answer = submit_certificate(self._bridge, request, key)
        return bridge_pb2.SubmitCertificateResponse.FromString(answer)

    def SubmitRevocationList(  # noqa: N802
        self, request: bridge_pb2.SubmitRevocationListRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.SubmitRevocationListResponse:
        """See the contract."""
        key = request_key(request, context, f"{_SERVICE}/SubmitRevocationList")
        answer = submit_list(self._bridge, request, key)
        return bridge_pb2.SubmitRevocationListResponse.FromString(answer)

    def ListPool(  # noqa: N802
        self, request: bridge_pb2.ListPoolRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.ListPoolResponse:
        """See the contract."""
        del request, context
        material = self._pool()
        return bridge_pb2.ListPoolResponse(
            certificates=material.certificates, revocation_lists=material.lists
        )


class PathServicer(bridge_pb2_grpc.PathServiceServicer):
    """Hands each call to its use case."""

    def __init__(self, validate: Validate) -> None:
        self._validate = validate

    def Validate(  # noqa: N802
        self, request: bridge_pb2.ValidateRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.ValidateResponse:
        """See the contract."""
        del context
        return self._validate(request)
