"""Officers of a running ca or bridge: keys in memory, enrolled by two operators."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from openjpki.api.officers.v1 import officers_pb2 as pb
from openjpki.api.officers.v1.officers_pb2_grpc import OfficerRegisterServiceStub
from openjpki.domain.evidence import Occasion, OfficerKeyPresented, OfficerSignature
from openjpki.domain.officers import Officer
from openjpki.evidence import cose
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.officer_signature import to_message
from tests.support.statements import memory_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.evidence.statement_key import StatementKey
    from openjpki.rpc.client.channel import TypedChannel


def whole_seconds() -> datetime:
    """The present moment, as statements have it."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Signer:
    """An officer with a key."""

    officer: Officer
    key: StatementKey = field(default_factory=memory_key)

    def occasion(self, request_id: str | None = None, at: datetime | None = None) -> Occasion:
        """States something now, in a request of that id or of a new one."""
        return Occasion(
            officer=self.officer,
            request_id=request_id or str(uuid.uuid4()),
            signed_at=at or whole_seconds(),
        )

    def sign(self, statement: Any) -> OfficerSignature:
        """What goes beside the request: the statement is built on :meth:`occasion`."""
        return OfficerSignature(
            occasion=statement.occasion,
            key_sha256=self.key.public_key.sha256,
            signature=cose.sign(statement, self.key),
        )

    def present(self, service: str, at: datetime | None = None) -> OfficerSignature:
        """The key is presented to that service."""
        return self.sign(
            OfficerKeyPresented(
                occasion=self.occasion(at=at),
                service=service,
                key_sha256=self.key.public_key.sha256,
            )
        )


@dataclass
class Register:
    """A service's register of officers, with two operators who may change it."""

    service: str
    open: Callable[[PeerRole, str, str], TypedChannel]
    """A channel of a peer: role, scope, subject."""
    _stubs: dict[str, OfficerRegisterServiceStub] = field(default_factory=dict)

    def operator(self, name: str = "ito") -> OfficerRegisterServiceStub:
        """As that operator of the service calls it."""
        if name not in self._stubs:
            channel = self.open(PeerRole.OPERATOR, self.service, name)
            self._stubs[name] = OfficerRegisterServiceStub(channel)
        return self._stubs[name]

    def request(self, signer: Signer, **fields: Any) -> pb.ProposeOfficerRequest:
        """A proposal of the officer's key that keeps every rule."""
        wanted = {
            "request_id": str(uuid.uuid4()),
            "public_key": signer.key.public_key.spki_der,
            "presented": to_message(signer.present(self.service)),
        }
        return pb.ProposeOfficerRequest(**{**wanted, **fields})

    def propose(self, signer: Signer, by: str = "ito", **fields: Any) -> pb.Proposal:
        """One operator proposes the officer's key."""
        return self.operator(by).ProposeOfficer(self.request(signer, **fields)).proposal

    def approve(self, proposal: pb.Proposal, by: str = "kato") -> list[pb.OfficerKey]:
        """Another carries it out; the officer's keys after it."""
        request = pb.ApproveOfficerRequest(
            request_id=str(uuid.uuid4()), proposal_id=proposal.proposal_id
        )
        return list(self.operator(by).ApproveOfficer(request).keys)

    def reject(self, proposal: pb.Proposal, by: str = "kato") -> list[pb.OfficerKey]:
        """It is not carried out; the officer's keys after it."""
        request = pb.RejectOfficerRequest(
            request_id=str(uuid.uuid4()), proposal_id=proposal.proposal_id
        )
        return list(self.operator(by).RejectOfficer(request).keys)

    def revoke(
        self,
        officer: Officer,
        by: str = "ito",
        cause: pb.OfficerRevocationCause.ValueType = pb.OFFICER_REVOCATION_CAUSE_LEFT,
    ) -> pb.RevokeOfficerResponse:
        """One operator suspends the officer and proposes to revoke."""
        return self.operator(by).RevokeOfficer(
            pb.RevokeOfficerRequest(request_id=str(uuid.uuid4()), officer=str(officer), cause=cause)
        )

    def enrol(self, officer: Officer | str, key: StatementKey | None = None) -> Signer:
        """An officer who is enrolled from now on."""
        if isinstance(officer, str):
            officer = Officer.parse(officer)
        signer = Signer(officer) if key is None else Signer(officer, key)
        self.approve(self.propose(signer))
        return signer

    def keys_of(self, officer: Officer) -> list[pb.OfficerKey]:
        """What the register says of an officer."""
        request = pb.ListOfficersRequest(officer=str(officer))
        return list(self.operator().ListOfficers(request).keys)
