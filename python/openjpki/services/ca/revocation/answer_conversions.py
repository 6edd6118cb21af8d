"""What a revocation answers, and how that is kept: as the response that the first call got."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp

from openjpki.api.ca.v1 import ca_pb2

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Revoked:
    """Revocation information was made."""

    revoked_at: datetime
    """Whole seconds."""
    sequence: int
    """Position in the authority's status feed."""


def message_of(revoked: Revoked) -> ca_pb2.RevokeCertificateResponse:
    """The response."""
    message = ca_pb2.RevokeCertificateResponse(sequence=revoked.sequence)
    message.revoked_at.CopyFrom(Timestamp(seconds=int(revoked.revoked_at.timestamp())))
    return message


def responder_message_of(revoked: Revoked) -> ca_pb2.RevokeResponderCertificateResponse:
    """The response where it was a responder's certificate."""
    return ca_pb2.RevokeResponderCertificateResponse(
        revoked_at=Timestamp(seconds=int(revoked.revoked_at.timestamp())),
        sequence=revoked.sequence,
    )


def changed_message_of(revoked: Revoked) -> ca_pb2.RevokeChangedCertificateResponse:
    """The response where it ended by a change notice."""
    return ca_pb2.RevokeChangedCertificateResponse(
        revoked_at=Timestamp(seconds=int(revoked.revoked_at.timestamp())),
        sequence=revoked.sequence,
    )


def cross_message_of(revoked: Revoked) -> ca_pb2.RevokeCrossCertificateResponse:
    """The response where it was a cross certificate."""
    return ca_pb2.RevokeCrossCertificateResponse(
        revoked_at=Timestamp(seconds=int(revoked.revoked_at.timestamp())),
        sequence=revoked.sequence,
    )


def to_bytes(revoked: Revoked) -> bytes:
    """As it is kept."""
    return message_of(revoked).SerializeToString(deterministic=True)


def from_bytes(octets: bytes) -> Revoked:
    """What was kept."""
    message = ca_pb2.RevokeCertificateResponse.FromString(octets)
    return Revoked(message.revoked_at.ToDatetime(tzinfo=UTC), message.sequence)
