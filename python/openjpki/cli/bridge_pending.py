"""The command of `openjpki bridge` that shows what waits for an officer's approval."""

from __future__ import annotations

import hashlib

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1.bridge_pb2_grpc import CrossCertificationServiceStub
from openjpki.api.types.v1 import revocation_pb2
from openjpki.cli import output
from openjpki.cli.bridge_caller import OfficerOption, as_officer
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.words import word_of
from openjpki.errors import OpenJpkiError
from openjpki.evidence.cross_statements import certified_key_sha256
from openjpki.rpc.identity.roles import PeerRole


@reaching(PeerRole.BRIDGE)
def pending(access: ServiceAccess, officer: OfficerOption) -> None:
    """What waits for an officer's approval, first what waits longest: certificates and their
    revocations."""
    with as_officer(access, officer) as channel:
        stub = CrossCertificationServiceStub(channel)
        answer = stub.ListPendingApprovals(pb.ListPendingApprovalsRequest())
    output.emit_rows([_row(one) for one in answer.approvals], title="Waiting for approval")


def _row(one: pb.PendingApproval) -> dict[str, output.Value]:
    crossed = one.cross_certification
    ending = crossed.revocation if crossed.HasField("revocation") else None
    named = crossed.certificate if ending else crossed.offered
    signed_by = list(crossed.approved_by)
    if ending is not None:
        signed_by = [ending.signed_anew_by or ending.proposed_by]
    return {
        "cross_certification": crossed.cross_certification_id,
        "partner": crossed.partner_id,
        "direction": word_of(pb.Direction, crossed.direction, "DIRECTION_"),
        "cause": _cause(ending) if ending else None,
        "policies": [
            f"{mapped.issuer_domain_policy}:{mapped.subject_domain_policy}"
            for mapped in crossed.policy_mappings
        ],
        # What `bridge approve` and `bridge approve-revocation` compare with, from elsewhere.
        "key_sha256": None if ending else _key_sha256(crossed),
        "certificate_sha256": hashlib.sha256(named).hexdigest() if named else None,
        "signed_by": signed_by,
        "proposed_at": one.proposed_at.ToJsonString(),
    }


def _cause(ending: pb.CrossRevocation) -> str:
    return word_of(revocation_pb2.CrossRevocationCause, ending.cause, "CROSS_REVOCATION_CAUSE_")


def _key_sha256(crossed: pb.CrossCertification) -> str | None:
    try:
        return certified_key_sha256(
            crossed.certification_request or None, crossed.offered or None
        ).hex()
    except OpenJpkiError:
        # Nobody can sign for it; the others are to be shown.
        return None
