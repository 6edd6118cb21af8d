"""`openjpki bridge …`: cross-certification, the pool, and officials' certificates.

Officers and partners do everything here: with ``--officer`` a command is an officer's, without it
the partner's own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1.bridge_pb2_grpc import CrossCertificationServiceStub
from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.cli import bridge_lists, bridge_pending, bridge_pool, output
from openjpki.cli.arguments import certificate_file, request_file, to_pem
from openjpki.cli.bridge_approval import signed_approval, signed_ending
from openjpki.cli.bridge_caller import (
    OfficerOption,
    PartnerArgument,
    SomeOfficerOption,
    as_either,
    as_officer,
)
from openjpki.cli.files import writable, write
from openjpki.cli.next_steps import Again
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.signing_officer import SigningChoice, signing, signing_channel
from openjpki.cli.unsettled import changing
from openjpki.cli.words import word_of
from openjpki.domain.authority_revocation import CrossRevocationCause
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole

if TYPE_CHECKING:
    from openjpki.evidence.officer_signer import OfficerSigner

app = typer.Typer(help="The bridge to other PKIs (相互認証).", no_args_is_help=True)


class CauseName(StrEnum):
    """What ends a cross certificate before its time."""

    AGREEMENT_ENDED = "agreement-ended"
    PARTNER_COMPROMISE = "partner-compromise"
    REPLACED = "replaced"
    ISSUED_WRONGLY = "issued-wrongly"


_CAUSES = {
    CauseName.AGREEMENT_ENDED: CrossRevocationCause.AGREEMENT_ENDED,
    CauseName.PARTNER_COMPROMISE: CrossRevocationCause.PARTNER_COMPROMISE,
    CauseName.REPLACED: CrossRevocationCause.REPLACED,
    CauseName.ISSUED_WRONGLY: CrossRevocationCause.ISSUED_WRONGLY,
}
_WRITTEN = {
    CrossRevocationCause.AGREEMENT_ENDED: revocation_pb2.CROSS_REVOCATION_CAUSE_AGREEMENT_ENDED,
    CrossRevocationCause.PARTNER_COMPROMISE: (
        revocation_pb2.CROSS_REVOCATION_CAUSE_PARTNER_COMPROMISE
    ),
    CrossRevocationCause.REPLACED: revocation_pb2.CROSS_REVOCATION_CAUSE_REPLACED,
    CrossRevocationCause.ISSUED_WRONGLY: revocation_pb2.CROSS_REVOCATION_CAUSE_ISSUED_WRONGLY,
}
CauseOption = Annotated[CauseName, typer.Option("--cause", help="What ends it.")]
CertificateSha256Option = Annotated[
    str | None,
    typer.Option(
        metavar="SHA256",
        help="Fingerprint of the certificate that is to end, as you know it from elsewhere: the "
        "bridge must show this one and no other.",
    ),
]
IdArgument = Annotated[str, typer.Argument(help="Cross-certification id.")]


class DirectionName(StrEnum):
    """Which of the two certificates."""

    TO_PARTNER = "to-partner"
    FROM_PARTNER = "from-partner"


_DIRECTIONS = {
    DirectionName.TO_PARTNER: pb.DIRECTION_TO_PARTNER,
    DirectionName.FROM_PARTNER: pb.DIRECTION_FROM_PARTNER,
}


@app.command()
@reaching(PeerRole.BRIDGE)
def register(
    access: ServiceAccess,
    partner: PartnerArgument,
    officer: OfficerOption,
    name: Annotated[str, typer.Option("--name", help="Name for people.")],
    certificate: Annotated[
        Path | None,
        typer.Option(
            "--certificate",
            exists=True,
            help="A foreign partner's self-signed certificate, PEM; none for a prefectural one.",
        ),
    ] = None,
) -> None:
    """Make a partner known: a prefectural authority by its number, or a foreign one."""
    foreign = certificate is not None
    request = pb.RegisterPartnerRequest(
        request_id=str(uuid.uuid4()),
        partner_id=partner,
        kind=pb.PARTNER_KIND_FOREIGN if foreign else pb.PARTNER_KIND_PREFECTURAL_AUTHORITY,
        display_name=name,
        certificate=certificate_file(certificate, "--certificate") if certificate else b"",
    )
    with as_officer(access, officer) as channel, changing():
        CrossCertificationServiceStub(channel).RegisterPartner(request)
    output.emit({"partner": partner, "kind": "foreign" if foreign else "prefectural"})


@app.command("get-request")
@reaching(PeerRole.BRIDGE)
def get_request(
    access: ServiceAccess,
    partner: PartnerArgument,
    to: Annotated[
        Path, typer.Option("--to", help="File to write, PKCS#10 in DER.", callback=writable)
    ],
    officer: SomeOfficerOption = None,
) -> None:
    """Write the service bridge's PKCS#10, for the partner to certify."""
    with as_either(access, officer, partner) as channel:
        answer = CrossCertificationServiceStub(channel).GetCertificationRequest(
            pb.GetCertificationRequestRequest(partner_id=partner)
        )
    write(to, answer.certification_request)
    output.emit({"partner": partner, "file": str(to)})


@app.command()
@reaching(PeerRole.BRIDGE)
def propose(
    access: ServiceAccess,
    partner: PartnerArgument,
    direction: Annotated[DirectionName, typer.Option("--direction", help="Which certificate.")],
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help="ISSUER:SUBJECT policies, dotted; again for more."),
    ] = None,
    request: Annotated[
        Path | None,
        typer.Option("--request", exists=True, help="The foreign partner's PKCS#10, PEM or DER."),
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(
            "--certificate", exists=True, help="What the foreign partner has issued, PEM."
        ),
    ] = None,
    officer: SomeOfficerOption = None,
) -> None:
    """Open a cross-certification in one direction, for two officers to approve."""
    proposal = pb.ProposeCrossCertificationRequest(
        request_id=str(uuid.uuid4()),
        partner_id=partner,
        direction=_DIRECTIONS[direction],
        policy_mappings=[_mapping(text) for text in mapping or []],
        certification_request=request_file(request) if request else b"",
        certificate=certificate_file(certificate, "--certificate") if certificate else b"",
    )
    with (
        as_either(access, officer, partner) as channel,
        changing(again=Again.SECOND_PROPOSAL),
    ):
        answer = CrossCertificationServiceStub(channel).ProposeCrossCertification(proposal)
    _show(answer.cross_certification)


@app.command()
@reaching(PeerRole.BRIDGE)
@signing
def approve(
    access: ServiceAccess,
    sign_with: SigningChoice,
    partner: PartnerArgument,
    cross_certification: IdArgument,
    officer: OfficerOption,
    key_sha256: Annotated[
        str | None,
        typer.Option(
            metavar="SHA256",
            help="Fingerprint of the key to be certified, as you know it from elsewhere: the "
            "bridge must show this key and no other.",
        ),
    ] = None,
) -> None:
    """Approve a cross-certification, signed with your key; the second officer's approval carries
    it out."""
    with signing_officer(access, sign_with, officer) as (stub, signer):
        request = signed_approval(
            signer,
            _found(stub, partner, cross_certification),
            named=(partner, cross_certification),
            key_sha256=_fingerprint(key_sha256, "--key-sha256"),
        )
        with changing(
            _look(partner, cross_certification),
            state=lambda: _state(_found(stub, partner, cross_certification)),
        ):
            answer = stub.ApproveCrossCertification(request)
    _show(answer.cross_certification)


@app.command()
@reaching(PeerRole.BRIDGE)
def reject(
    access: ServiceAccess,
    cross_certification: IdArgument,
    officer: OfficerOption,
) -> None:
    """Refuse a pending cross-certification."""
    request = pb.RejectCrossCertificationRequest(
        request_id=str(uuid.uuid4()), cross_certification_id=cross_certification
    )
    with as_officer(access, officer) as channel, changing():
        answer = CrossCertificationServiceStub(channel).RejectCrossCertification(request)
    _show(answer.cross_certification)


@app.command()
@reaching(PeerRole.BRIDGE)
def show(
    access: ServiceAccess,
    partner: PartnerArgument,
    cross_certification: IdArgument,
    certificate: Annotated[
        Path | None,
        typer.Option("--certificate", help="Write the certificate here, PEM.", callback=writable),
    ] = None,
    officer: SomeOfficerOption = None,
) -> None:
    """Say where a cross-certification stands, and write its certificate once there is one."""
    request = pb.GetCrossCertificationRequest(
        partner_id=partner, cross_certification_id=cross_certification
    )
    with as_either(access, officer, partner) as channel:
        answer = CrossCertificationServiceStub(channel).GetCrossCertification(request)
    if certificate is not None:
        if not answer.cross_certification.certificate:
            raise OpenJpkiError(
                Reason.WRONG_STATE, "has no certificate yet", field="cross_certification"
            )
        write(certificate, to_pem(answer.cross_certification.certificate))
    _show(answer.cross_certification)


@app.command("propose-revocation")
@reaching(PeerRole.BRIDGE)
@signing
def propose_revocation(
    access: ServiceAccess,
    sign_with: SigningChoice,
    partner: PartnerArgument,
    cross_certification: IdArgument,
    cause: CauseOption,
    officer: OfficerOption,
    certificate_sha256: CertificateSha256Option = None,
) -> None:
    """Propose to revoke a cross certificate, signed with your key, for another officer to
    approve."""
    with signing_officer(access, sign_with, officer) as (stub, signer):
        signed = _signed_ending(
            signer, stub, (partner, cross_certification), _CAUSES[cause], certificate_sha256
        )
        with changing(_look(partner, cross_certification)):
            answer = stub.ProposeCrossRevocation(pb.ProposeCrossRevocationRequest(**signed))
    _show(answer.cross_certification)


@app.command("approve-revocation")
@reaching(PeerRole.BRIDGE)
@signing
def approve_revocation(
    access: ServiceAccess,
    sign_with: SigningChoice,
    partner: PartnerArgument,
    cross_certification: IdArgument,
    cause: CauseOption,
    officer: OfficerOption,
    certificate_sha256: CertificateSha256Option = None,
) -> None:
    """Approve what another officer proposed, signed with your key: the cross certificate is revoked
    at once."""
    with signing_officer(access, sign_with, officer) as (stub, signer):
        signed = _signed_ending(
            signer, stub, (partner, cross_certification), _CAUSES[cause], certificate_sha256
        )
        with changing(_look(partner, cross_certification)):
            answer = stub.ApproveCrossRevocation(pb.ApproveCrossRevocationRequest(**signed))
    _show(answer.cross_certification)


app.command("pending")(bridge_pending.pending)
app.command("submit-certificate")(bridge_pool.submit_certificate)
app.command("submit-crl")(bridge_lists.submit_crl)
bridge_pool.pool.command("accept-renumbered")(bridge_lists.accept_renumbered)
app.add_typer(bridge_pool.pool, name="pool")
app.command("validate")(bridge_pool.validate)


def _ending(crossed: pb.CrossCertification) -> output.Value:
    """What is said of its revocation; ``None`` without one."""
    if not crossed.HasField("revocation"):
        return None
    ending = crossed.revocation
    return {
        "cause": word_of(
            revocation_pb2.CrossRevocationCause, ending.cause, "CROSS_REVOCATION_CAUSE_"
        ),
        "proposed_by": ending.proposed_by,
        "approved_by": ending.approved_by or None,
        "at": ending.revoked_at.ToJsonString() if ending.HasField("revoked_at") else None,
        # The issuer is still to be told.
        "unheard": ending.unheard,
        "signed_anew_by": ending.signed_anew_by or None,
    }


@contextmanager
def signing_officer(
    access: ServiceAccess, sign_with: SigningChoice, officer: str
) -> Iterator[tuple[CrossCertificationServiceStub, OfficerSigner]]:
    """The bridge, and the officer who signs what is sent."""
    who = (PeerRole.BRIDGE_OFFICER, "bridge", officer)
    with signing_channel(access, sign_with, *who) as (channel, signer):
        yield CrossCertificationServiceStub(channel), signer


def _signed_ending(
    signer: OfficerSigner,
    stub: CrossCertificationServiceStub,
    named: tuple[str, str],
    cause: CrossRevocationCause,
    certificate_sha256: str | None,
) -> dict[str, Any]:
    """The fields of a proposal, and of an approval, to revoke what the bridge shows under this
    partner and id."""
    request_id, signature = signed_ending(
        signer,
        _found(stub, *named),
        named=named,
        cause=cause,
        certificate_sha256=_fingerprint(certificate_sha256, "--certificate-sha256"),
    )
    return {
        "request_id": request_id,
        "cross_certification_id": named[1],
        "cause": _WRITTEN[cause],
        "approval": signature,
    }


def _found(
    stub: CrossCertificationServiceStub, partner: str, cross_certification: str
) -> pb.CrossCertification:
    request = pb.GetCrossCertificationRequest(
        partner_id=partner, cross_certification_id=cross_certification
    )
    return stub.GetCrossCertification(request).cross_certification


def _fingerprint(text: str | None, option: str) -> bytes | None:
    if text is None:
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be hexadecimal", field=option) from None


def _mapping(text: str) -> ca_pb2.PolicyMapping:
    issuer, colon, subject = text.partition(":")
    if not colon:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be ISSUER:SUBJECT", field="--map")
    return ca_pb2.PolicyMapping(issuer_domain_policy=issuer, subject_domain_policy=subject)


def _look(partner: str, cross_certification: str) -> str:
    """The command that shows where a cross-certification stands."""
    return f"openjpki bridge show {partner} {cross_certification}"


def _state(crossed: pb.CrossCertification) -> str:
    return word_of(pb.CrossCertificationState, crossed.state, "CROSS_CERTIFICATION_STATE_")


def _show(crossed: pb.CrossCertification) -> None:
    output.emit(
        {
            "cross_certification": crossed.cross_certification_id,
            "partner": crossed.partner_id,
            "direction": word_of(pb.Direction, crossed.direction, "DIRECTION_"),
            "state": _state(crossed),
            "policies": [
                f"{one.issuer_domain_policy}:{one.subject_domain_policy}"
                for one in crossed.policy_mappings
            ],
            "approved_by": list(crossed.approved_by),
            "refusal": crossed.refusal or None,
            "revocation": _ending(crossed),
        }
    )
