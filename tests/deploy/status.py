"""A status service that knows one answer, for tests of how it is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openjpki.api.ocsp.v1 import ocsp_pb2, ocsp_pb2_grpc
from openjpki.api.types.v1 import revocation_pb2

if TYPE_CHECKING:
    import grpc


class Status(ocsp_pb2_grpc.StatusServiceServicer):
    """Says "good", and has counted how often."""

    def __init__(self) -> None:
        self.asked = 0

    def Check(self, _request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802
        self.asked += 1
        return ocsp_pb2.CheckResponse(status=revocation_pb2.CERTIFICATE_STATUS_GOOD)

    def CheckBatch(self, _request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802
        raise NotImplementedError

    def Watch(self, _request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802
        raise NotImplementedError
