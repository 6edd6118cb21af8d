"""How a call ended, for its caller, its metrics and its log."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, NoReturn

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.status import to_status
from openjpki.telemetry.logging import debugging, get_logger
from openjpki.telemetry.rows import tell_refused_row

if TYPE_CHECKING:
    import grpc
    from google.protobuf.message import Message

    from openjpki.rpc.identity.peer import PeerIdentity

_log = get_logger("rpc")


def refusal_of(error: Exception, method: str) -> OpenJpkiError:
    """What the caller is told: a refusal as it is; of anything else only a reference, under
    which the log has the type and place of what failed."""
    if isinstance(error, OpenJpkiError):
        return error
    reference = secrets.token_hex(8)
    _log.error("call failed", method=method, reference=reference, exc_info=error)
    return OpenJpkiError(
        Reason.INTERNAL, f"the service failed; reference {reference}", reference=reference
    )


def refuse(context: grpc.ServicerContext, error: OpenJpkiError) -> NoReturn:
    """Ends the call with the refusal's status."""
    context.abort_with_status(to_status(error))


def counted_as(error: OpenJpkiError | None) -> str:
    """What metrics count the end of a call under: the gRPC code, but the reason of a call that its
    client makes again at another instance, as that one is no failure."""
    if error is None:
        return "OK"
    reason = error.reason
    return reason.name if reason is Reason.NOT_THE_OWNER else reason.grpc_code


def log_end(
    method: str,
    peer: PeerIdentity | None,
    message: Message | None,
    error: OpenJpkiError | None,
    seconds: float,
) -> None:
    """One entry a call: refusals at info, the rest at debug. Never what was asked or answered;
    a refusal's text and field are the caller's to read, here its reason is enough, and the id under
    which whoever was refused can be helped."""
    spiffe_id = peer.spiffe_id if peer else None
    if error is None:
        if debugging():
            _log.debug("call", method=method, peer=spiffe_id, code="OK", seconds=round(seconds, 6))
    else:
        tell_refused_row(error)
        _log.info(
            "call refused",
            method=method,
            peer=spiffe_id,
            code=error.reason.grpc_code,
            reason=error.reason.name,
            field=error.field,
            request_id=_request_id(message),
            seconds=round(seconds, 6),
        )


def _request_id(message: Message | None) -> str | None:
    """The request's own id, where it is one: any other text there is the caller's."""
    said = getattr(message, "request_id", "")
    try:
        return said if str(uuid.UUID(said)) == said.lower() else None
    except ValueError:
        return None
