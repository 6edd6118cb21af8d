"""Refusals to statuses and back."""

from __future__ import annotations

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from openjpki.errors import DOMAIN, OpenJpkiError, Reason
from openjpki.rpc.invalid_message import InvalidMessageError
from openjpki.rpc.status import MAX_DETAILS, MAX_TEXT, RefusalStatus, to_status, typed_error


class Failed(grpc.RpcError, grpc.Call):
    """A failed call as a client holds it."""

    def __init__(self, status: RefusalStatus) -> None:
        self._status = status

    def code(self) -> grpc.StatusCode:
        return self._status.code

    def details(self) -> str:
        return self._status.details

    # The stubs name a class that only they have; pairs are what grpc hands over.
    def trailing_metadata(  # type: ignore[override]
        self,
    ) -> tuple[tuple[str, str | bytes], ...]:
        return self._status.trailing_metadata

    initial_metadata = trailing_metadata

    def is_active(self) -> bool:
        return False

    def time_remaining(self) -> float:
        return 0.0

    def cancel(self) -> bool:
        return False

    def add_callback(self, callback: object) -> bool:  # noqa: ARG002
        return False


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.name)
def test_every_reason_comes_back(reason: Reason) -> None:
    error = OpenJpkiError(reason, "text, 文", field="a.b", known="yes")
    back = typed_error(Failed(to_status(error)))
    assert (back.reason, back.message, back.field, back.metadata) == (
        reason,
        "text, 文",
        "a.b",
        {"known": "yes"},
    )
    assert to_status(error).code.name == reason.grpc_code


def test_status_is_googles() -> None:
    """Read by grpcio-status, which knows nothing of this project."""
    error = OpenJpkiError(Reason.KEY_DEVICE_UNAVAILABLE, "away", field="key", device="1")
    status = rpc_status.from_call(Failed(to_status(error)))
    assert status is not None
    info, bad, retry = (
        error_details_pb2.ErrorInfo(),
        error_details_pb2.BadRequest(),
        error_details_pb2.RetryInfo(),
    )
    for packed, kind in zip(status.details, (info, bad, retry), strict=True):
        assert packed.Unpack(kind)
    assert (info.reason, info.domain, info.metadata["device"]) == (
        "KEY_DEVICE_UNAVAILABLE",
        DOMAIN,
        "1",
    )
    assert [one.field for one in bad.field_violations] == ["key"]
    assert retry.retry_delay.nanos > 0
    assert status.code == grpc.StatusCode.UNAVAILABLE.value[0]


def test_refusal_that_lasts_has_no_retry_info() -> None:
    status = rpc_status.from_call(Failed(to_status(OpenJpkiError(Reason.WRONG_STATE, "no"))))
    assert status is not None
    assert [one.TypeName() for one in status.details] == ["google.rpc.ErrorInfo"]


def test_all_violations_come_back() -> None:
    error = InvalidMessageError([("a", "is empty"), ("b[2]", "is long")])
    back = typed_error(Failed(to_status(error)))
    assert isinstance(back, InvalidMessageError)
    assert back.violations == (("a", "is empty"), ("b[2]", "is long"))
    assert back.field == "a"


def test_long_texts_stay_within_header_limits() -> None:
    error = OpenJpkiError(Reason.INTERNAL, "x" * 100_000, known="y" * 100_000)
    status = to_status(error)
    assert len(status.details) == MAX_TEXT
    assert sum(len(value) for _, value in status.trailing_metadata) < 4096


@pytest.mark.parametrize(
    ("code", "details", "reason"),
    [
        (grpc.StatusCode.UNAVAILABLE, "connection refused", Reason.SERVICE_UNAVAILABLE),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "", Reason.DEADLINE_EXCEEDED),
        (grpc.StatusCode.CANCELLED, "", Reason.CANCELLED),
        (grpc.StatusCode.UNIMPLEMENTED, "", Reason.NOT_IMPLEMENTED),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "Concurrent RPC limit", Reason.TOO_MANY_CALLS),
        (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "SERVER: Received message larger than max (2 vs. 1)",
            Reason.MESSAGE_TOO_LARGE,
        ),
        (grpc.StatusCode.UNKNOWN, "花子", Reason.INTERNAL),
        (grpc.StatusCode.DATA_LOSS, "花子", Reason.INTERNAL),
    ],
)
def test_grpcs_own_failures_are_named(code: grpc.StatusCode, details: str, reason: Reason) -> None:
    back = typed_error(Failed(RefusalStatus(code, details, ())))
    assert back.reason is reason
    assert "花子" not in str(back)


def test_reason_of_a_newer_server_keeps_its_name() -> None:
    status = to_status(OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "later"))
    octets = status.trailing_metadata[0][1]
    assert isinstance(octets, bytes)
    renamed = status_pb2.Status.FromString(octets)
    renamed.details[0].Pack(error_details_pb2.ErrorInfo(reason="TOMORROW", domain=DOMAIN))
    trailing = (("grpc-status-details-bin", renamed.SerializeToString()),)
    back = typed_error(Failed(RefusalStatus(status.code, status.details, trailing)))
    assert back.reason is Reason.SERVICE_UNAVAILABLE
    assert back.metadata["x-reason"] == "TOMORROW"


def test_another_domains_reason_is_not_ours() -> None:
    packed = status_pb2.Status(code=9, message="no")
    packed.details.add().Pack(error_details_pb2.ErrorInfo(reason="WRONG_STATE", domain="else"))
    trailing = (("grpc-status-details-bin", packed.SerializeToString()),)
    code = grpc.StatusCode.FAILED_PRECONDITION
    assert typed_error(Failed(RefusalStatus(code, "no", trailing))).reason is Reason.INTERNAL


def test_broken_details_are_ignored() -> None:
    trailing = (("grpc-status-details-bin", b"\xff\xff"),)
    status = RefusalStatus(grpc.StatusCode.UNAVAILABLE, "x", trailing)
    assert typed_error(Failed(status)).reason is Reason.SERVICE_UNAVAILABLE


def test_details_larger_than_a_service_may_send_are_ignored() -> None:
    """No terminal is to show megabytes of what a service in other hands says."""
    refusal = OpenJpkiError(Reason.WRONG_STATE, "no")
    ((key, details), *_) = to_status(refusal).trailing_metadata
    assert isinstance(details, bytes)
    larger = status_pb2.Status.FromString(details)
    larger.message = "x" * MAX_DETAILS
    trailing = ((key, larger.SerializeToString()),)
    status = RefusalStatus(grpc.StatusCode.FAILED_PRECONDITION, "x", trailing)
    assert typed_error(Failed(status)).reason is Reason.INTERNAL


def test_grpc_itself_does_not_ask_an_instance_again_that_is_not_the_owner() -> None:
    def pushback(reason: Reason) -> object:
        return dict(to_status(OpenJpkiError(reason, "later")).trailing_metadata)[
            "grpc-retry-pushback-ms"
        ]

    assert pushback(Reason.NOT_THE_OWNER) == "-1"
    assert pushback(Reason.KEY_DEVICE_UNAVAILABLE) == "200"
