"""The response messages of issuances, from what is stored: a retry and a recovery give the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca.kinds import Kind

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from openjpki.storage.ca.issuances import Intent


def answer_to(intent: Intent, certificate: bytes) -> bytes:
    """The serialised response to the call that an intent answers; ``certificate`` is DER."""
    message: Message
    if intent.kind is Kind.USER:
        message = ca_pb2.IssueCertificateResponse(
            certificate=certificate,
            serial=intent.serial,
            authority_certificate=intent.issuer_certificate,
        )
    elif intent.kind is Kind.RESPONDER:
        message = ca_pb2.IssueResponderCertificateResponse(certificate=certificate)
    elif intent.kind is Kind.CROSS:
        message = ca_pb2.IssueCrossCertificateResponse(certificate=certificate)
    else:
        raise OpenJpkiError(Reason.INTERNAL, "nothing answers with this kind of certificate")
    return message.SerializeToString(deterministic=True)
