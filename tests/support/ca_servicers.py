"""Servicers of the ca contract that do what a test says with each call."""

from __future__ import annotations

import time
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

from google.protobuf.timestamp_pb2 import Timestamp

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.types.v1 import evidence_pb2
from openjpki.rpc.current_call import current_call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import grpc


def remaining() -> float:
    """Seconds that the caller of the call being served here still waits."""
    call = current_call()
    assert call is not None
    return call.expires_at - time.monotonic()


class Certificates(ca_pb2_grpc.CertificateServiceServicer):
    """Unary methods whose behaviour is set from outside."""

    def __init__(self) -> None:
        self.does: Callable[[Any, grpc.ServicerContext], Any] = lambda _r, _c: None

    def IssueCertificate(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        return self.does(request, context)

    def RevokeCertificate(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        return self.does(request, context)

    def RevokeChangedCertificate(  # noqa: N802
        self, request: Any, context: grpc.ServicerContext
    ) -> Any:
        return self.does(request, context)

    def GetCertificate(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        return self.does(request, context)


class Feed(ca_pb2_grpc.StatusFeedServiceServicer):
    """Streams whose behaviour is set from outside."""

    def __init__(self) -> None:
        self.does: Callable[[Any, grpc.ServicerContext], Iterator[Any]] = lambda _r, _c: iter(())

    def Follow(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        yield from self.does(request, context)

    def ReadSnapshot(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        yield from self.does(request, context)


class Ca:
    """Both, and the functions that add them to a server."""

    def __init__(self) -> None:
        self.certificates = Certificates()
        self.feed = Feed()
        self.services = [
            partial(ca_pb2_grpc.add_CertificateServiceServicer_to_server, self.certificates),
            partial(ca_pb2_grpc.add_StatusFeedServiceServicer_to_server, self.feed),
        ]


def asked_by(account: str) -> evidence_pb2.OfficerSignature:
    """What nobody here looks at: a signature of a window's officer."""
    return evidence_pb2.OfficerSignature(
        officer=f"window-officer/13101/{account}",
        key_sha256=bytes(32),
        signed_at=Timestamp(seconds=1_795_000_000),
        request_id=str(uuid.uuid4()),
        signature=b"not looked at here",
    )


def revocation(**changes: Any) -> ca_pb2.RevokeCertificateRequest:
    """A valid request of the unary method, with changes."""
    fields: dict[str, Any] = {
        "request_id": str(uuid.uuid4()),
        "authority_id": "signing-13",
        "serial": b"\x01",
        "cause": 1,
        "asked": asked_by("officer-1"),
    }
    return ca_pb2.RevokeCertificateRequest(**{**fields, **changes})


def position() -> ca_pb2.FollowRequest:
    """A valid request of the stream."""
    return ca_pb2.FollowRequest(positions=[ca_pb2.FeedPosition(authority_id="signing-13")])
