"""What is recorded of handing a certificate over, between messages and values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2
from openjpki.domain.certificate_hand_over import Handing, Medium, Recipient

if TYPE_CHECKING:
    from openjpki.domain.certificate_hand_over import Closed, HandOver

_RECIPIENT, _MEDIUM, _CLOSING = "RECIPIENT_", "CERTIFICATE_MEDIUM_", "CLOSING_REASON_"


def handing_of(request: registration_pb2.HandOverCertificateRequest) -> Handing:
    """What the officer says of it. Raises INVALID_FIELD."""
    recipient = registration_pb2.Recipient.Name(request.recipient)
    medium = registration_pb2.CertificateMedium.Name(request.medium)
    return Handing(
        recipient=Recipient[recipient.removeprefix(_RECIPIENT)],
        medium=Medium[medium.removeprefix(_MEDIUM)],
        terms_version=request.terms_version,
        with_copy=request.with_copy,
    )


def hand_over_message(kept: HandOver) -> registration_pb2.CertificateHandOver:
    """A handing over that was recorded."""
    handing = kept.handing
    message = registration_pb2.CertificateHandOver(
        recipient=registration_pb2.Recipient.Value(_RECIPIENT + handing.recipient.name),
        medium=registration_pb2.CertificateMedium.Value(_MEDIUM + handing.medium.name),
        terms_version=handing.terms_version,
        with_copy=handing.with_copy,
        officer=kept.officer.text,
    )
    message.handed_over_at.FromDatetime(kept.at)
    return message


def closing_message(closed: Closed) -> registration_pb2.ApplicationClosing:
    """Why nothing is left to be done."""
    message = registration_pb2.ApplicationClosing(
        reason=registration_pb2.ClosingReason.Value(_CLOSING + closed.closing.name)
    )
    message.closed_at.FromDatetime(closed.at)
    return message
