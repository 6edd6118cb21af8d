"""Officers' signatures as the contracts' message and as the domain's value."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from openjpki.api.types.v1 import evidence_pb2
from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.officers import Officer
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp


def from_message(message: evidence_pb2.OfficerSignature, *, field: str) -> OfficerSignature:
    """The value of a message at ``field`` of its request.

    Raises ``INVALID_FIELD``, and ``UNKNOWN_MUNICIPALITY`` for an officer of none.
    """
    try:
        return OfficerSignature(
            occasion=Occasion(
                officer=Officer.parse(message.officer, field="officer"),
                request_id=message.request_id,
                signed_at=moment(message.signed_at, field="signed_at"),
            ),
            key_sha256=message.key_sha256,
            signature=message.signature,
        )
    except OpenJpkiError as error:
        raise OpenJpkiError(
            error.reason, error.message, field=f"{field}.{error.field}", **error.metadata
        ) from error


def to_message(signature: OfficerSignature) -> evidence_pb2.OfficerSignature:
    """The message that :func:`from_message` reads back."""
    occasion = signature.occasion
    message = evidence_pb2.OfficerSignature(
        officer=str(occasion.officer),
        key_sha256=signature.key_sha256,
        request_id=occasion.request_id,
        signature=signature.signature,
    )
    message.signed_at.FromDatetime(occasion.signed_at)
    return message


def moment(stamp: Timestamp, *, field: str) -> datetime:
    """A moment of whole seconds. Raises ``INVALID_FIELD``."""
    try:
        if not stamp.nanos:
            return stamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        pass
    raise OpenJpkiError(Reason.INVALID_FIELD, "must be whole seconds of the calendar", field=field)
