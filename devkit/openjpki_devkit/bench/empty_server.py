"""The peer of unary Check: a grpcio method that does nothing, in a process of its own.

Run as a module with the TLS files' paths; prints its two ports and ends with its input.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

METHOD = "/openjpki.bench.Empty/Call"
_SERVICE, _NAME = METHOD.strip("/").split("/")
_THREADS = 16


def main(certificate: str, private_key: str, trust_bundle: str) -> None:
    """Serves the method in plaintext and over mutual TLS until stdin ends."""
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(
        lambda _octets, _context: b""
    )
    credentials = grpc.ssl_server_credentials(
        [(Path(private_key).read_bytes(), Path(certificate).read_bytes())],
        Path(trust_bundle).read_bytes(),
        require_client_auth=True,
    )
    servers = [grpc.server(ThreadPoolExecutor(_THREADS)) for _ in range(2)]
    for server in servers:
        server.add_registered_method_handlers(_SERVICE, {_NAME: handler})
    ports = {
        "plain": servers[0].add_insecure_port("127.0.0.1:0"),
        "tls": servers[1].add_secure_port("127.0.0.1:0", credentials),
    }
    for server in servers:
        server.start()
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
