"""From the contract's message to a revocation's values: parsed once, here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.authority_revocation import CrossRevocationCause, ResponderRevocationCause
from openjpki.domain.policy import RevocationCause
from openjpki.services.ca.officer_id import parse_officer
from openjpki.services.ca.revocation.revoke_certificate import RevocationOrder
from openjpki.services.ca.revocation.revoke_cross import CrossRevocationOrder
from openjpki.services.ca.revocation.revoke_responder import ResponderRevocation

if TYPE_CHECKING:
    from openjpki.api.ca.v1 import ca_pb2

CAUSES = {
    revocation_pb2.REVOCATION_CAUSE_USER_WISH: RevocationCause.USER_WISH,
    revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE: RevocationCause.KEY_COMPROMISE,
    revocation_pb2.REVOCATION_CAUSE_CHANGE_NOTICE: RevocationCause.CHANGE_NOTICE,
    revocation_pb2.REVOCATION_CAUSE_RENEWAL: RevocationCause.RENEWAL,
    revocation_pb2.REVOCATION_CAUSE_AUTHORITY_COMPROMISE: RevocationCause.AUTHORITY_COMPROMISE,
}

RESPONDER_CAUSES = {
    revocation_pb2.RESPONDER_REVOCATION_CAUSE_KEY_COMPROMISE: (
        ResponderRevocationCause.KEY_COMPROMISE
    ),
    revocation_pb2.RESPONDER_REVOCATION_CAUSE_WITHDRAWN: ResponderRevocationCause.WITHDRAWN,
    revocation_pb2.RESPONDER_REVOCATION_CAUSE_REPLACED: ResponderRevocationCause.REPLACED,
    revocation_pb2.RESPONDER_REVOCATION_CAUSE_ISSUED_WRONGLY: (
        ResponderRevocationCause.ISSUED_WRONGLY
    ),
}

CROSS_CAUSES = {
    revocation_pb2.CROSS_REVOCATION_CAUSE_AGREEMENT_ENDED: CrossRevocationCause.AGREEMENT_ENDED,
    revocation_pb2.CROSS_REVOCATION_CAUSE_PARTNER_COMPROMISE: (
        CrossRevocationCause.PARTNER_COMPROMISE
    ),
    revocation_pb2.CROSS_REVOCATION_CAUSE_REPLACED: CrossRevocationCause.REPLACED,
    revocation_pb2.CROSS_REVOCATION_CAUSE_ISSUED_WRONGLY: CrossRevocationCause.ISSUED_WRONGLY,
}


def cross_revocation(request: ca_pb2.RevokeCrossCertificateRequest) -> CrossRevocationOrder:
    """Raises ``INVALID_FIELD``, ``SAME_OFFICER``."""
    return CrossRevocationOrder(
        authority_id=AuthorityId.parse(request.authority_id),
        serial=request.serial,
        cause=CROSS_CAUSES[request.cause],
        approved_by=tuple(parse_officer(text, "approved_by") for text in request.approved_by),
    )


def responder_revocation(
    request: ca_pb2.RevokeResponderCertificateRequest,
) -> ResponderRevocation:
    """Raises ``INVALID_FIELD``."""
    return ResponderRevocation(
        authority_id=AuthorityId.parse(request.authority_id),
        serial=request.serial,
        cause=RESPONDER_CAUSES[request.cause],
    )


def revocation_order(request: ca_pb2.RevokeCertificateRequest) -> RevocationOrder:
    """Raises ``INVALID_FIELD``."""
    return RevocationOrder(
        authority_id=AuthorityId.parse(request.authority_id),
        serial=request.serial,
        cause=CAUSES[request.cause],
        requested_by=parse_officer(request.requested_by, "requested_by"),
    )
