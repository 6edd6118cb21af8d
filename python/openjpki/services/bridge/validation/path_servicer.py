"""PathService: from message to validation and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1 import bridge_pb2_grpc
from openjpki.services.bridge.validation import conversions
from openjpki.services.bridge.validation.validate import validate

if TYPE_CHECKING:
    import grpc

    from openjpki.domain.clock import Clock
    from openjpki.services.bridge.pool.current_pool import CurrentPool


class PathServicer(bridge_pb2_grpc.PathServiceServicer):
    """Validating officials' certificates."""

    def __init__(self, clock: Clock, pool: CurrentPool) -> None:
        self._clock = clock
        self._pool = pool

    def Validate(  # noqa: N802
        self, request: pb.ValidateRequest, context: grpc.ServicerContext
    ) -> pb.ValidateResponse:
        """Whether a path from the governor's authority holds, and which."""
        del context
        asked = conversions.question(request, self._clock.now())
        verdict = validate(self._pool, asked)
        return conversions.answer_message(verdict, asked.at)
