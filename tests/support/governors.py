"""Two of a governor's officers, and what they sign of errors that they found."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.evidence import ErrorFound
from openjpki.domain.policy import RevocationCause
from openjpki.rpc.officer_signature import to_message
from tests.support.ca_service import TOYAMA
from tests.support.window_officers import enrol, signer_of

if TYPE_CHECKING:
    from openjpki.api.types.v1 import evidence_pb2
    from openjpki.rpc.client.channel import TypedChannel
    from openjpki.storage.kernel.database import Database

FALSE = revocation_pb2.REVOCATION_CAUSE_FALSE_APPLICATION
WRONG = revocation_pb2.REVOCATION_CAUSE_FACT_WRONG
PROPOSER, APPROVER = "mori", "oda"


class GovernorsOfficer:
    """One of them, as ca is called by them."""

    def __init__(self, channel: TypedChannel, account: str, authority_id: str = TOYAMA) -> None:
        self.stub = ca_pb2_grpc.ExOfficioServiceStub(channel)
        self.officer = f"governor-officer/{authority_id}/{account}"
        self.authority_id = authority_id

    def proposal(
        self, serial: bytes, cause: revocation_pb2.RevocationCause.ValueType = FALSE
    ) -> ca_pb2.ProposeRevocationRequest:
        """A request to propose, signed."""
        request = ca_pb2.ProposeRevocationRequest(
            request_id=str(uuid.uuid4()),
            authority_id=self.authority_id,
            serial=serial,
            cause=cause,
        )
        request.proposed.CopyFrom(self.signed(request.request_id, serial, cause))
        return request

    def approval(
        self,
        proposal: ca_pb2.RevocationProposal,
        cause: revocation_pb2.RevocationCause.ValueType | None = None,
    ) -> ca_pb2.ApproveRevocationRequest:
        """A request to approve, signed: for the proposal's cause, or for another."""
        request = ca_pb2.ApproveRevocationRequest(
            request_id=str(uuid.uuid4()),
            authority_id=self.authority_id,
            proposal_id=proposal.proposal_id,
        )
        signed = self.signed(request.request_id, proposal.serial, cause or proposal.cause)
        request.approved.CopyFrom(signed)
        return request

    def withdrawal(self, proposal: ca_pb2.RevocationProposal) -> ca_pb2.WithdrawRevocationRequest:
        """A request to withdraw."""
        return ca_pb2.WithdrawRevocationRequest(
            request_id=str(uuid.uuid4()),
            authority_id=self.authority_id,
            proposal_id=proposal.proposal_id,
        )

    def listed(
        self, *states: ca_pb2.RevocationProposalState.ValueType, serial: bytes = b""
    ) -> list[ca_pb2.RevocationProposal]:
        """What is there."""
        request = ca_pb2.ListRevocationProposalsRequest(
            authority_id=self.authority_id, states=states, serial=serial
        )
        return list(self.stub.ListRevocationProposals(request).proposals)

    def signed(
        self, request_id: str, serial: bytes, cause: revocation_pb2.RevocationCause.ValueType
    ) -> evidence_pb2.OfficerSignature:
        """What this officer signs."""
        signer = signer_of(self.officer)
        occasion = signer.occasion(request_id)
        name = revocation_pb2.RevocationCause.Name(cause).removeprefix("REVOCATION_CAUSE_")
        statement = ErrorFound(
            occasion=occasion,
            authority_id=AuthorityId.parse(self.authority_id),
            serial=serial,
            cause=RevocationCause[name],
        )
        return to_message(signer.sign(statement, occasion))


def enrol_second(database: Database, authority_id: str = TOYAMA) -> None:
    """The one of them whom not every ca of a test knows."""
    with database.transaction() as tx:
        enrol(tx, f"governor-officer/{authority_id}/{APPROVER}")
