"""Certificates that were handed out, as messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2

if TYPE_CHECKING:
    from openjpki.services.registration.revocation.find_certificates import HandedOut


def certificate_message(found: HandedOut) -> registration_pb2.HandedOutCertificate:
    """One of them."""
    message = registration_pb2.HandedOutCertificate(
        serial=found.issued.serial,
        state=registration_pb2.HandedOutState.Value(f"HANDED_OUT_STATE_{found.state.name}"),
        application_id=found.application_id,
        window_id=found.window_id,
    )
    message.not_after.FromDatetime(found.issued.not_after)
    if found.not_before is not None:
        message.not_before.FromDatetime(found.not_before)
    if found.revoked_at is not None:
        message.revoked_at.FromDatetime(found.revoked_at)
    return message
