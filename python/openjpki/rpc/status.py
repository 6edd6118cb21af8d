"""Refusals as gRPC statuses with ``google.rpc`` details, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from openjpki.errors import DOMAIN, OpenJpkiError, Reason
from openjpki.rpc.grpc_failures import native_refusal
from openjpki.rpc.invalid_message import InvalidMessageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from google.protobuf.message import Message

_DETAILS_KEY = "grpc-status-details-bin"
_PUSHBACK_KEY = "grpc-retry-pushback-ms"

RETRY_DELAY = 0.2
"""Seconds to wait before trying again a call that was refused for a passing reason."""

MAX_TEXT = 500
"""Characters of one text in a status: it travels in headers, whose size is bounded."""

MAX_DETAILS = 16 * 1024
"""Octets of the details that are read: more than a service can send that keeps to its own limit."""

_UNKNOWN_REASON = "x-reason"


class RefusalStatus(grpc.Status):
    """What ``ServicerContext.abort_with_status`` takes."""

    def __init__(
        self,
        code: grpc.StatusCode,
        details: str,
        trailing_metadata: tuple[tuple[str, str | bytes], ...],
    ) -> None:
        self.code = code
        self.details = details
        self.trailing_metadata = trailing_metadata


def to_status(error: OpenJpkiError) -> RefusalStatus:
    """The status that tells a client of this refusal, with ErrorInfo and, where they apply,
    BadRequest (field and rule) and RetryInfo."""
    code = grpc.StatusCode[error.reason.grpc_code]
    text = _short(error.message)
    status = status_pb2.Status(
        code=code.value[0], message=text, details=[_packed(one) for one in _details(error)]
    )
    trailing: tuple[tuple[str, str | bytes], ...] = ((_DETAILS_KEY, status.SerializeToString()),)
    if error.reason.retryable and code is grpc.StatusCode.UNAVAILABLE:
        # gRPC's own retries read this trailer; they do not look at RetryInfo. They ask the same
        # instance again, which is of no use where another one must be asked.
        pushback = -1 if error.reason is Reason.NOT_THE_OWNER else int(RETRY_DELAY * 1000)
        trailing += ((_PUSHBACK_KEY, str(pushback)),)
    return RefusalStatus(code, text, trailing)


def _details(error: OpenJpkiError) -> Iterator[Message]:
    yield error_details_pb2.ErrorInfo(
        reason=error.reason.name,
        domain=DOMAIN,
        metadata={key: _short(value) for key, value in error.metadata.items()},
    )
    violations: Sequence[tuple[str, str]] = ()
    if isinstance(error, InvalidMessageError):
        violations = error.violations
    elif error.field:
        violations = ((error.field, error.message),)
    if violations:
        yield error_details_pb2.BadRequest(
            field_violations=[
                error_details_pb2.BadRequest.FieldViolation(field=field, description=_short(rule))
                for field, rule in violations
            ]
        )
    if error.again is not None:
        yield error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=error.again))
    elif error.reason.retryable:
        yield error_details_pb2.RetryInfo(
            retry_delay=duration_pb2.Duration(nanos=int(RETRY_DELAY * 1e9))
        )


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


def _packed(detail: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed


def typed_error(error: grpc.RpcError) -> OpenJpkiError:
    """The refusal behind a failed call, for ``raise typed_error(error) from error``.

    A status of ours comes back as it was raised (same reason, field, metadata); gRPC's own become
    the nearest reason. Never raises by itself.
    """
    status = _status_of(error)
    code = error.code() if isinstance(error, grpc.Call) else grpc.StatusCode.UNKNOWN
    details = (error.details() if isinstance(error, grpc.Call) else None) or ""
    if status is None:
        return native_refusal(code, details)
    info = error_details_pb2.ErrorInfo()
    bad = error_details_pb2.BadRequest()
    found = False
    for detail in status.details:
        if detail.Is(info.DESCRIPTOR):
            found = detail.Unpack(info) and info.domain == DOMAIN
        elif detail.Is(bad.DESCRIPTOR):
            detail.Unpack(bad)
    if not found:
        return native_refusal(code, details)
    fields = [(one.field, one.description) for one in bad.field_violations]
    reason = Reason.__members__.get(info.reason)
    if reason is None:
        # A newer server's reason: the code still says what to do.
        typed = native_refusal(code, status.message)
        typed.metadata[_UNKNOWN_REASON] = info.reason
        return typed
    if reason is Reason.INVALID_FIELD and fields:
        return _with_metadata(InvalidMessageError(fields), info.metadata)
    field = fields[0][0] if fields else None
    return _with_metadata(OpenJpkiError(reason, status.message, field=field), info.metadata)


def _with_metadata(error: OpenJpkiError, metadata: object) -> OpenJpkiError:
    error.metadata = dict(metadata)  # type: ignore[call-overload]
    return error


def _status_of(error: grpc.RpcError) -> status_pb2.Status | None:
    if not isinstance(error, grpc.Call):
        return None
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS_KEY and isinstance(value, bytes) and len(value) <= MAX_DETAILS:
            try:
                return status_pb2.Status.FromString(value)
            except DecodeError:
                return None
    return None
