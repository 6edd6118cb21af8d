"""PathService: from message to validation and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1 import bridge_pb2_grpc
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.validation.refusals import refusal_message
from openjpki.services.bridge.validation.validate import PathQuestion, validate

if TYPE_CHECKING:
    import grpc

    from openjpki.domain.clock import Clock
    from openjpki.services.bridge.pool.current_pool import CurrentPool
    from openjpki.services.bridge.validation.validate import PathAnswer

_MOST_REFUSALS = 20


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
        question = PathQuestion(
            certificate=request.certificate,
            authority_id=request.authority_id,
            acceptable_policies=frozenset(request.acceptable_policies),
            at=_moment(request) or self._clock.now(),
        )
        return _message(question, validate(self._pool, question))


def _moment(request: pb.ValidateRequest) -> datetime | None:
    if not request.HasField("at"):
        return None
    try:
        return request.at.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be a time", field="at") from error


def _message(question: PathQuestion, answer: PathAnswer) -> pb.ValidateResponse:
    verdict = answer.verdict
    message = pb.ValidateResponse(valid=verdict.valid, path=verdict.path, policies=verdict.policies)
    message.checked_at.FromDatetime(question.at)
    if not verdict.valid:
        message.refusals.extend(
            refusal_message(one, answer.names) for one in verdict.refusals[:_MOST_REFUSALS]
        )
    return message
