"""The response messages of issuances, from what is stored: a retry and a recovery give the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp

from openjpki.api.ca.v1 import ca_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca.kinds import CertificateKind

if TYPE_CHECKING:
    from datetime import datetime

    from google.protobuf.message import Message

    from openjpki.domain.generation import Generation


def answer_to(
    kind: CertificateKind,
    serial: bytes,
    certificate: bytes,
    issuer: Generation,
    issued_at: datetime,
) -> bytes:
    """The serialised response to the call that got this certificate, X.509 DER."""
    message: Message
    if kind is CertificateKind.USER:
        message = ca_pb2.IssueCertificateResponse(
            certificate=certificate,
            serial=serial,
            authority_certificate=issuer.certificate,
            generation=issuer.number,
            issued_at=Timestamp(seconds=int(issued_at.timestamp())),
        )
    elif kind is CertificateKind.RESPONDER:
        message = ca_pb2.IssueResponderCertificateResponse(
            certificate=certificate, generation=issuer.number
        )
    elif kind is CertificateKind.CROSS:
        message = ca_pb2.IssueCrossCertificateResponse(
            certificate=certificate, generation=issuer.number
        )
    else:
        raise OpenJpkiError(Reason.INTERNAL, "nothing answers with this kind of certificate")
    return message.SerializeToString(deterministic=True)
