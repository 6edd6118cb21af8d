"""gRPC's own failures as refusals of the catalogue: no connection, no time, too large, too many.

What a service of ours refuses carries details and is never read from a text (see ``status``). For
what gRPC itself fails at there are no details: its core hands over a code and a sentence, and tells
apart by the sentence alone a message too large from a service too busy, and a service that is away
from one that is not who it should be. So the words it uses are looked for here and nowhere else.
tests/integration/rpc/test_grpcs_own_words.py provokes each against the installed gRPC; where a
later one words it differently, a caller is told less, never something wrong.
"""

from __future__ import annotations

import grpc

from openjpki.errors import OpenJpkiError, Reason

TOO_LARGE = ("larger than max", "received metadata")
"""How gRPC words it for messages and for metadata."""

UNREACHED = (
    ("CERTIFICATE_VERIFY_FAILED", "what answers there has no certificate of our mesh"),
    ("Hostname Verification", "what answers there is another service, or one of another mesh"),
    ("address lookup failed", "the service's host name can't be resolved"),
)
"""How gRPC words it, and what to say of a service that is not merely away."""

_BY_CODE = {
    grpc.StatusCode.UNAVAILABLE: (Reason.SERVICE_UNAVAILABLE, "the service can't be reached"),
    grpc.StatusCode.DEADLINE_EXCEEDED: (Reason.DEADLINE_EXCEEDED, "no answer in time"),
    grpc.StatusCode.UNAUTHENTICATED: (Reason.UNAUTHENTICATED, "the service does not know us"),
    grpc.StatusCode.CANCELLED: (Reason.CANCELLED, "the call was cancelled"),
    grpc.StatusCode.UNIMPLEMENTED: (Reason.NOT_IMPLEMENTED, "the service has no such method"),
}

_CODE = "grpc_code"
_GONE = {"UNAVAILABLE", "CANCELLED"}
"""A connection that broke, and a call that a stopping server ended."""


def nobody_answered(refusal: OpenJpkiError) -> bool:
    """Whether it is no refusal of a service at all: there was none, or it went under the call."""
    return refusal.metadata.get(_CODE) in _GONE


def native_refusal(code: grpc.StatusCode, details: str) -> OpenJpkiError:
    """The nearest reason for a status that says none. ``details`` itself is never passed on."""
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        if any(words in details for words in TOO_LARGE):
            return OpenJpkiError(Reason.MESSAGE_TOO_LARGE, "the message is larger than allowed")
        return OpenJpkiError(Reason.TOO_MANY_CALLS, "the service has no room for another call")
    reason, text = _BY_CODE.get(code, (Reason.INTERNAL, "the service failed"))
    if code is grpc.StatusCode.UNAVAILABLE:
        text = next((told for words, told in UNREACHED if words in details), text)
    return OpenJpkiError(reason, text, **{_CODE: code.name})
