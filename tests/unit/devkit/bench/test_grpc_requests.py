"""Calls of gRPC for the load generator: what is sent, and what the right answer has."""

from __future__ import annotations

import base64

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki_devkit.bench.grpc_requests import call, framed


def test_a_message_is_framed() -> None:
    assert framed(b"") == bytes(5)
    assert framed(bytes(258)) == b"\x00\x00\x00\x01\x02" + bytes(258)


def test_a_call_is_a_line() -> None:
    request = ocsp_pb2.CheckRequest(authority_id="signing-13", serial=b"\x01")
    line = call("check", "/a.B/C", request, b"\x08\x01")
    assert base64.b64decode(str(line.pop("body"))) == framed(request.SerializeToString())
    assert line == {
        "kind": "check",
        "method": "POST",
        "target": "/a.B/C",
        "content_type": "application/grpc",
        "answer": {"content_type": "application/grpc", "holds": "CAE="},
    }
