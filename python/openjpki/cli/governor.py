"""`openjpki governor …`: what an officer of the governor does at the authority, ex officio."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Annotated

import typer

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.ca.v1.ca_pb2_grpc import CertificateServiceStub
from openjpki.api.types.v1 import revocation_pb2
from openjpki.cli import governor_errors, output
from openjpki.cli.arguments import authority_id, serial_number
from openjpki.cli.governor_errors import AuthorityArgument, OfficerOption, SerialArgument
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.signing_officer import SigningChoice, signing, signing_channel
from openjpki.cli.unsettled import changing
from openjpki.domain.evidence import RevocationAsked
from openjpki.domain.policy import RevocationCause
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.officer_signature import to_message

app = typer.Typer(
    help="A governor's officer at the authority: revocation ex officio (職権失効).",
    no_args_is_help=True,
)


class CauseName(StrEnum):
    """For what a governor's officer revokes (R3.1.2)."""

    CHANGE_NOTICE = "change-notice"
    KEY_COMPROMISE = "key-compromise"


_CAUSES = {
    CauseName.CHANGE_NOTICE: (
        RevocationCause.CHANGE_NOTICE,
        revocation_pb2.REVOCATION_CAUSE_CHANGE_NOTICE,
    ),
    CauseName.KEY_COMPROMISE: (
        RevocationCause.KEY_COMPROMISE,
        revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE,
    ),
}


@app.command()
@reaching(PeerRole.CA)
@signing
def revoke(
    access: ServiceAccess,
    sign_with: SigningChoice,
    authority: AuthorityArgument,
    serial: SerialArgument,
    cause: Annotated[CauseName, typer.Option("--cause", help="What ends it.")],
    officer: OfficerOption = "officer-1",
) -> None:
    """Revoke a resident's certificate ex officio, signed with your key."""
    own = authority_id(authority)
    stated, written = _CAUSES[cause]
    request = ca_pb2.RevokeCertificateRequest(
        request_id=str(uuid.uuid4()),
        authority_id=str(own),
        serial=serial_number(serial),
        cause=written,
    )
    who = (PeerRole.GOVERNOR_OFFICER, str(own), officer)
    with signing_channel(access, sign_with, *who) as (channel, signer):
        occasion = signer.occasion(request.request_id)
        statement = RevocationAsked(
            occasion=occasion,
            authority_id=own,
            serial=request.serial,
            cause=stated,
            seen=None,
        )
        request.asked.CopyFrom(to_message(signer.sign(statement, occasion)))
        with changing():
            answer = CertificateServiceStub(channel).RevokeCertificate(request)
    output.emit(
        {
            "authority": str(own),
            "serial": serial,
            "cause": cause.value,
            "revoked_at": answer.revoked_at.ToJsonString(),
        }
    )


app.command("propose-revocation")(governor_errors.propose_revocation)
app.command("approve-revocation")(governor_errors.approve_revocation)
app.command("withdraw-revocation")(governor_errors.withdraw_revocation)
app.command("proposals")(governor_errors.proposals)
