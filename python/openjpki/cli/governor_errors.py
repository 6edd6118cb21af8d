"""The commands of `openjpki governor` by which two officers revoke for an error that was found."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.api.ca.v1 import ca_pb2 as pb
from openjpki.api.ca.v1.ca_pb2_grpc import ExOfficioServiceStub
from openjpki.api.types.v1 import revocation_pb2
from openjpki.cli import output
from openjpki.cli.arguments import authority_id, serial_number
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.signing_officer import SigningChoice, signing, signing_channel
from openjpki.cli.unsettled import changing
from openjpki.cli.words import word_of
from openjpki.domain.evidence import ErrorFound
from openjpki.domain.policy import RevocationCause
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.officer_signature import to_message

if TYPE_CHECKING:
    from openjpki.api.types.v1 import evidence_pb2
    from openjpki.domain.authority import AuthorityId
    from openjpki.evidence.officer_signer import OfficerSigner

_CAUSE, _STATE = "REVOCATION_CAUSE_", "REVOCATION_PROPOSAL_STATE_"

AuthorityArgument = Annotated[str, typer.Argument(help="Your authority, e.g. signing-13.")]
SerialArgument = Annotated[str, typer.Argument(help="Of the certificate, hexadecimal.")]
ProposalArgument = Annotated[str, typer.Argument(help="Proposal, as `proposals` shows it.")]
OfficerOption = Annotated[str, typer.Option("--officer", help="Who acts, in the embedded mesh.")]


class ErrorName(StrEnum):
    """What was found (R3.1.2c)."""

    FACT_WRONG = "fact-wrong"
    ISSUED_BY_MISTAKE = "issued-by-mistake"
    FALSE_APPLICATION = "false-application"


class StateName(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    DENIED = "denied"


ErrorOption = Annotated[ErrorName, typer.Option("--cause", help="What was found.")]


@reaching(PeerRole.CA)
@signing
def propose_revocation(
    access: ServiceAccess,
    sign_with: SigningChoice,
    authority: AuthorityArgument,
    serial: SerialArgument,
    cause: ErrorOption,
    officer: OfficerOption = "officer-1",
) -> None:
    """Propose to revoke a resident's certificate for an error, for another officer to approve."""
    own = authority_id(authority)
    request = pb.ProposeRevocationRequest(
        request_id=str(uuid.uuid4()),
        authority_id=str(own),
        serial=serial_number(serial),
        cause=revocation_pb2.RevocationCause.Value(_CAUSE + cause.name),
    )
    who = (PeerRole.GOVERNOR_OFFICER, str(own), officer)
    with signing_channel(access, sign_with, *who) as (channel, signer):
        request.proposed.CopyFrom(_signed(signer, request.request_id, own, request.serial, cause))
        with changing():
            proposal = ExOfficioServiceStub(channel).ProposeRevocation(request).proposal
    output.emit(_row(proposal))


@reaching(PeerRole.CA)
@signing
def approve_revocation(
    access: ServiceAccess,
    sign_with: SigningChoice,
    authority: AuthorityArgument,
    proposal: ProposalArgument,
    serial: Annotated[
        str,
        typer.Option(
            "--serial", help="Of the certificate, hexadecimal: for this one and no other."
        ),
    ],
    cause: ErrorOption,
    officer: OfficerOption = "officer-2",
) -> None:
    """Revoke it, by what you found yourself and sign: the same certificate and cause."""
    own = authority_id(authority)
    request = pb.ApproveRevocationRequest(
        request_id=str(uuid.uuid4()), authority_id=str(own), proposal_id=proposal
    )
    who = (PeerRole.GOVERNOR_OFFICER, str(own), officer)
    with signing_channel(access, sign_with, *who) as (channel, signer):
        request.approved.CopyFrom(
            _signed(signer, request.request_id, own, serial_number(serial), cause)
        )
        with changing():
            done = ExOfficioServiceStub(channel).ApproveRevocation(request).proposal
    output.emit(_row(done))


@reaching(PeerRole.CA)
def withdraw_revocation(
    access: ServiceAccess,
    authority: AuthorityArgument,
    proposal: ProposalArgument,
    officer: OfficerOption = "officer-1",
) -> None:
    """Take a proposal back, or turn another officer's down: nothing is revoked."""
    own = authority_id(authority)
    request = pb.WithdrawRevocationRequest(
        request_id=str(uuid.uuid4()), authority_id=str(own), proposal_id=proposal
    )
    with access.open(PeerRole.GOVERNOR_OFFICER, str(own), officer) as channel, changing():
        ended = ExOfficioServiceStub(channel).WithdrawRevocation(request).proposal
    output.emit(_row(ended))


@reaching(PeerRole.CA)
def proposals(
    access: ServiceAccess,
    authority: AuthorityArgument,
    states: Annotated[
        list[StateName] | None,
        typer.Option("--state", help="In this state; several times. Not said: what waits."),
    ] = None,
    serial: Annotated[
        str | None,
        typer.Option("--serial", help="About this certificate, in any state unless one is said."),
    ] = None,
    officer: OfficerOption = "officer-1",
) -> None:
    """Proposed revocations, oldest first: what waits for approval, or what became of it."""
    own = authority_id(authority)
    wanted = states or ([] if serial else [StateName.OPEN])
    request = pb.ListRevocationProposalsRequest(
        authority_id=str(own),
        states=[pb.RevocationProposalState.Value(_STATE + one.name) for one in wanted],
        serial=serial_number(serial) if serial else b"",
    )
    with access.open(PeerRole.GOVERNOR_OFFICER, str(own), officer) as channel:
        found = ExOfficioServiceStub(channel).ListRevocationProposals(request).proposals
    output.emit_rows([_row(one) for one in found], title="Proposed revocations")


def _signed(
    signer: OfficerSigner, request_id: str, own: AuthorityId, serial: bytes, cause: ErrorName
) -> evidence_pb2.OfficerSignature:
    occasion = signer.occasion(request_id)
    statement = ErrorFound(
        occasion=occasion, authority_id=own, serial=serial, cause=RevocationCause[cause.name]
    )
    return to_message(signer.sign(statement, occasion))


def _row(one: pb.RevocationProposal) -> dict[str, output.Value]:
    ended = one.HasField("ended_at")
    return {
        "proposal": one.proposal_id,
        "serial": one.serial.hex(),
        "cause": word_of(revocation_pb2.RevocationCause, one.cause, _CAUSE),
        "state": word_of(pb.RevocationProposalState, one.state, _STATE),
        "proposed_by": one.proposed_by,
        "proposed_at": one.proposed_at.ToJsonString(),
        "ended_by": one.ended_by or None,
        "ended_at": one.ended_at.ToJsonString() if ended else None,
        "evidence_until": one.evidence_until.ToJsonString()
        if one.HasField("evidence_until")
        else None,
    }
