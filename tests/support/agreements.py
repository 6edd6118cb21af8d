"""Agreements of a governor with a verifier, as two of the governor's officers make them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import AgreementServiceStub
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.embedded.usual_verifier import usual_proposal

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.ocsp_service import RunningOcsp

YEAR = timedelta(days=365)
HALF_A_DAY = timedelta(hours=12)


def as_officer(replica: RunningOcsp, authority: str, officer: str) -> AgreementServiceStub:
    """As one of the governor's officers calls it."""
    return AgreementServiceStub(replica.channel(PeerRole.GOVERNOR_OFFICER, authority, officer))


def proposal(
    verifier: str,
    authority: str,
    now: datetime,
    *,
    ways: Any = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    quota: pb.Quota | None = None,
) -> pb.ProposeAgreementRequest:
    """Of a government body, in every way, since half a day ago, unless something else is said."""
    moment = now.replace(microsecond=0)
    request = usual_proposal(verifier, authority, moment)
    request.terms.not_before.FromDatetime(not_before or moment - HALF_A_DAY)
    request.terms.not_after.FromDatetime(not_after or moment + 3 * YEAR)
    if ways is not None:
        request.terms.ways[:] = ways
    if quota is not None:
        request.terms.quota.CopyFrom(quota)
    return request


def approval(proposed: pb.Agreement) -> pb.ApproveAgreementRequest:
    """Of what was proposed."""
    return pb.ApproveAgreementRequest(
        request_id=str(uuid.uuid4()),
        verifier_id=proposed.verifier_id,
        authority_id=proposed.authority_id,
        version=proposed.version,
        content_sha256=proposed.content_sha256,
    )


def agree(replica: RunningOcsp, verifier: str, authority: str, **changes: Any) -> pb.Agreement:
    """Proposed by one officer, approved by another."""
    wanted = proposal(verifier, authority, replica.service.ocsp.clock.now(), **changes)
    one, other = (as_officer(replica, authority, name) for name in ("mori", "hayashi"))
    return agreed_by(one, other, wanted)


def agreed_by(
    one: AgreementServiceStub, other: AgreementServiceStub, wanted: pb.ProposeAgreementRequest
) -> pb.Agreement:
    """Proposed by the first, approved by the second."""
    proposed = one.ProposeAgreement(wanted).agreement
    return other.ApproveAgreement(approval(proposed)).agreement
