"""What a cluster's probe hears on a service's port for them."""

from __future__ import annotations

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from openjpki.config.address import Address

_TRIES = 5


def health_of(port: int, service: str = "", *, host: str = "127.0.0.1") -> int:
    """The state told there, by default of the whole process.

    The port ends a call whose message takes more than two seconds, as it may on a loaded machine
    whoever sends it; a kubelet asks again, and so do we. Raises grpc.RpcError for anything else.
    """
    request = health_pb2.HealthCheckRequest(service=service)
    with grpc.insecure_channel(Address.of(host, port)) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for _ in range(_TRIES - 1):
            try:
                return int(stub.Check(request, timeout=60, wait_for_ready=True).status)
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.CANCELLED:
                    raise
        return int(stub.Check(request, timeout=60, wait_for_ready=True).status)


def is_serving(port: int, service: str = "", *, host: str = "127.0.0.1") -> bool:
    """Whether it says SERVING; raises as :func:`health_of`."""
    serving: int = health_pb2.HealthCheckResponse.SERVING
    return health_of(port, service, host=host) == serving
