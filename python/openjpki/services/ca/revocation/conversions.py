"""From the contract's message to a revocation's values: parsed once, here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.authority_revocation import CrossRevocationCause, ResponderRevocationCause
from openjpki.domain.evidence.revocation import IdentitySeen
from openjpki.domain.municipality import Municipality
from openjpki.domain.policy import RevocationCause
from openjpki.domain.served_scope import ServedScope
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.officer_signature import from_message
from openjpki.services.ca.revocation.revocation_order import RevocationOrder
from openjpki.services.ca.revocation.revoke_changed import ChangedCertificate
from openjpki.services.ca.revocation.revoke_cross import CrossRevocationOrder
from openjpki.services.ca.revocation.revoke_responder import ResponderRevocation
from openjpki.services.common.identity_conversions import identity_evidence

if TYPE_CHECKING:
    from openjpki.api.ca.v1 import ca_pb2
    from openjpki.rpc.identity.peer import PeerIdentity

CAUSES = {
    revocation_pb2.REVOCATION_CAUSE_USER_WISH: RevocationCause.USER_WISH,
    revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE: RevocationCause.KEY_COMPROMISE,
    revocation_pb2.REVOCATION_CAUSE_CHANGE_NOTICE: RevocationCause.CHANGE_NOTICE,
    revocation_pb2.REVOCATION_CAUSE_RENEWAL: RevocationCause.RENEWAL,
    revocation_pb2.REVOCATION_CAUSE_AUTHORITY_COMPROMISE: RevocationCause.AUTHORITY_COMPROMISE,
    revocation_pb2.REVOCATION_CAUSE_FACT_WRONG: RevocationCause.FACT_WRONG,
    revocation_pb2.REVOCATION_CAUSE_ISSUED_BY_MISTAKE: RevocationCause.ISSUED_BY_MISTAKE,
    revocation_pb2.REVOCATION_CAUSE_FALSE_APPLICATION: RevocationCause.FALSE_APPLICATION,
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
        approvals=tuple(
            from_message(one, field=f"approvals[{number}]")
            for number, one in enumerate(request.approvals)
        ),
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


def revocation_order(
    request: ca_pb2.RevokeCertificateRequest, peer: PeerIdentity
) -> RevocationOrder:
    """What is asked, and on whose word.

    Raises ``INVALID_FIELD``, ``OFFICER_OUT_OF_SCOPE`` unless registration passes a window officer's
    word on, with how the person was identified, or a governor's officer calls with their own.
    """
    asked = from_message(request.asked, field="asked")
    officer = asked.occasion.officer
    at_window = peer.role is PeerRole.REGISTRATION
    if at_window is (officer.municipality is None) or (
        not at_window and str(officer) != f"{peer.role.value}/{peer.scope}/{peer.subject}"
    ):
        raise OpenJpkiError(
            Reason.OFFICER_OUT_OF_SCOPE, "is not the word of whoever asks here", field="asked"
        )
    if at_window is not request.HasField("check"):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "is needed from a window, and never stated ex officio",
            field="check",
        )
    return RevocationOrder(
        authority_id=AuthorityId.parse(request.authority_id),
        serial=request.serial,
        cause=CAUSES[request.cause],
        asked=asked,
        seen=None
        if officer.municipality is None
        else IdentitySeen(
            municipality=officer.municipality,
            evidence=identity_evidence(request.check.evidence),
            document_kind=request.check.document_kind,
        ),
    )


def changed_certificate(request: ca_pb2.RevokeChangedCertificateRequest) -> ChangedCertificate:
    """Raises ``INVALID_FIELD``, ``UNKNOWN_MUNICIPALITY``."""
    return ChangedCertificate(
        authority_id=AuthorityId.parse(request.authority_id),
        municipality=Municipality.parse(request.municipality_code, field="municipality_code"),
        serial=request.serial,
    )


def reach_of(peer: PeerIdentity) -> ServedScope:
    """Whose certificates the caller may have revoked: what registration serves; all of their
    authority's, of a governor's officer."""
    return peer.reach or ServedScope.of_authorities(peer.scope)
