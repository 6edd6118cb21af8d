"""Cross-certifications as the contract writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.bridge.v1 import bridge_pb2
from openjpki.api.ca.v1 import ca_pb2
from openjpki.storage.bridge.kinds import Direction, State

if TYPE_CHECKING:
    from openjpki.storage.bridge.crosses import CrossRecord

_DIRECTIONS = {
    Direction.TO_PARTNER: bridge_pb2.DIRECTION_TO_PARTNER,
    Direction.FROM_PARTNER: bridge_pb2.DIRECTION_FROM_PARTNER,
}
_STATES = {
    State.PENDING: bridge_pb2.CROSS_CERTIFICATION_STATE_PENDING,
    State.APPROVED: bridge_pb2.CROSS_CERTIFICATION_STATE_APPROVED,
    State.ISSUED: bridge_pb2.CROSS_CERTIFICATION_STATE_ISSUED,
    State.REJECTED: bridge_pb2.CROSS_CERTIFICATION_STATE_REJECTED,
}


def cross_message(record: CrossRecord) -> bridge_pb2.CrossCertification:
    """What the caller is told of a cross-certification."""
    return bridge_pb2.CrossCertification(
        cross_certification_id=record.cross_certification_id,
        partner_id=record.partner_id,
        direction=_DIRECTIONS[record.direction],
        state=_STATES[record.state],
        policy_mappings=[
            ca_pb2.PolicyMapping(issuer_domain_policy=issuer, subject_domain_policy=subject)
            for issuer, subject in record.mappings
        ],
        approved_by=[one.actor for one in record.approvals],
        certificate=record.certificate or b"",
        refusal=record.refusal or "",
    )
