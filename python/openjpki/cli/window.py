"""`openjpki window …`: what an officer does at a municipality's window (steps ① to ⑦)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.registration.v1.registration_pb2_grpc import WindowServiceStub
from openjpki.api.types.v1 import person_pb2, revocation_pb2
from openjpki.cli import (
    output,
    window_card,
    window_fees,
    window_hand_over,
    window_lists,
    window_make_key,
    window_paper,
    window_refusals,
)
from openjpki.cli.applicants_key import applicants_key
from openjpki.cli.arguments import request_file, serial_number, substitute, to_pem
from openjpki.cli.files import writable, write
from openjpki.cli.generator import read_attestation
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.signing_officer import SigningChoice, signing, signing_channel
from openjpki.cli.unsettled import changing, keeping
from openjpki.cli.window_caller import (
    AddressOption,
    BirthDateOption,
    MunicipalityOption,
    NameOption,
    OfficerOption,
    SexName,
    attributes_message,
    window_service,
)
from openjpki.cli.window_checks import (
    DocumentOption,
    EvidenceName,
    EvidenceOption,
    FurtherOption,
    QuestionOption,
    documents,
    identity_check,
)
from openjpki.cli.window_history import seen_before_deciding
from openjpki.cli.window_reasons import (
    CauseName,
    CauseOption,
    ExplanationOption,
    RejectionOption,
    WithdrawalName,
    WithdrawalOption,
    end_of,
)
from openjpki.cli.window_statements import (
    opened_by,
    require_opened,
    sign_check,
    sign_decision,
    sign_presentation,
    sign_revocation,
    sign_submission,
    sign_taking_over,
)
from openjpki.cli.words import word_of
from openjpki.domain.characters import Substitute
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.officer_signer import OfficerSigner
from openjpki.rpc.identity.roles import PeerRole

app = typer.Typer(help="Applications, decisions and revocation at a window.", no_args_is_help=True)

ApplicationArgument = Annotated[str, typer.Argument(help="Application id, from `window submit`.")]


CertificateFileOption = Annotated[
    Path | None,
    typer.Option("--certificate", help="Where the certificate (PEM) goes.", callback=writable),
]
NameSubstituteOption = Annotated[
    list[Substitute] | None,
    typer.Option(
        metavar="POSITION=CHARACTER",
        parser=substitute,
        help="What stands for a character of the name that no certificate can hold (代替文字), as "
        "1=高; several times.",
    ),
]
AddressSubstituteOption = Annotated[
    list[Substitute] | None,
    typer.Option(
        metavar="POSITION=CHARACTER",
        parser=substitute,
        help="The same for the address; several times.",
    ),
]


@app.command()
@reaching(PeerRole.REGISTRATION)
@signing
def submit(
    access: ServiceAccess,
    sign_with: SigningChoice,
    municipality: MunicipalityOption,
    name: NameOption,
    romanised_name: Annotated[str, typer.Option(help="Name in Roman letters, ローマ字.")],
    birth_date: BirthDateOption,
    sex: Annotated[SexName, typer.Option(help="Sex, 男女の別.")],
    address: AddressOption,
    name_substitute: NameSubstituteOption = None,
    address_substitute: AddressSubstituteOption = None,
    window: Annotated[str, typer.Option(help="Window: 3 digits and a letter.")] = "001A",
    accepted_terms: Annotated[
        str,
        typer.Option(
            "--accepted-terms", help="Version of the terms that the applicant accepts, if any."
        ),
    ] = "",
    renew: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool,
        typer.Option("--renew", help="Renew the certificate that the person has, near its end."),
    ] = False,
    officer: OfficerOption = "officer-1",
) -> None:
    """① ②: take an application; the four attributes are compared with the register."""
    request = pb.SubmitApplicationRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=municipality,
        window_id=f"{municipality}{window}",
        attributes=attributes_message(name, birth_date, sex, address),
        romanised_name=romanised_name,
        name_substitutes=_substitutes(name_substitute),
        address_substitutes=_substitutes(address_substitute),
        accepted_terms=accepted_terms,
        kind=pb.APPLICATION_KIND_RENEWAL if renew else pb.APPLICATION_KIND_FIRST_ISSUE,
    )
    with signing_window(access, sign_with, municipality, officer) as (service, signer):
        sign_submission(request, signer)
        with changing(_look(opened_by(request), municipality)):
            application = service.SubmitApplication(request).application
    require_opened(application, request)
    _show(application)


@app.command("check-identity")
@reaching(PeerRole.REGISTRATION)
@signing
def check_identity(
    access: ServiceAccess,
    sign_with: SigningChoice,
    application: ApplicationArgument,
    municipality: MunicipalityOption,
    evidence: EvidenceOption = EvidenceName.PHOTO_DOCUMENT,
    document: DocumentOption = "drivers-licence",
    also: FurtherOption = None,
    question: QuestionOption = None,
    officer: OfficerOption = "officer-1",
) -> None:
    """②: record that the applicant is the person in the register."""
    request = pb.RecordIdentityCheckRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=municipality,
        application_id=application,
        check=identity_check(evidence, document, also, question),
    )
    with signing_window(access, sign_with, municipality, officer) as (service, signer):
        sign_check(request, _shown(service, municipality, application), signer)
        with changing(_look(application, municipality)):
            answer = service.RecordIdentityCheck(request)
    _show(answer.application)


@app.command("present-key")
@reaching(PeerRole.REGISTRATION)
@signing
def present_key(
    access: ServiceAccess,
    sign_with: SigningChoice,
    application: ApplicationArgument,
    municipality: MunicipalityOption,
    request: Annotated[Path, typer.Option("--request", exists=True, help="PKCS#10, PEM or DER.")],
    attestation: Annotated[
        Path | None,
        typer.Option("--attestation", exists=True, help="What the key's generator signed of it."),
    ] = None,
    officer: OfficerOption = "officer-1",
) -> None:
    """④: hand in the public key with proof of possession."""
    message = pb.PresentPublicKeyRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=municipality,
        application_id=application,
        certification_request=request_file(request),
        attestation=read_attestation(attestation) if attestation else None,
    )
    with signing_window(access, sign_with, municipality, officer) as (service, signer):
        sign_presentation(message, _shown(service, municipality, application), signer)
        with changing(_look(application, municipality)):
            answer = service.PresentPublicKey(message)
    _show(answer.application)


@app.command()
@reaching(PeerRole.REGISTRATION)
@signing
def decide(
    access: ServiceAccess,
    sign_with: SigningChoice,
    application: ApplicationArgument,
    municipality: MunicipalityOption,
    approve: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool, typer.Option("--approve/--reject", help="The decision.")
    ] = True,
    key_request: Annotated[
        Path | None,
        typer.Option(
            "--request",
            exists=True,
            help="The applicant's PKCS#10, to approve: for this key and no other.",
        ),
    ] = None,
    fingerprint: Annotated[
        str | None,
        typer.Option(
            "--fingerprint",
            help="Instead of it the key's SHA-256, hexadecimal, from the applicant's paper.",
        ),
    ] = None,
    reason: RejectionOption = None,
    explanation: ExplanationOption = "",
    certificate: CertificateFileOption = None,
    authority: Annotated[
        Path | None,
        typer.Option("--authority", help="Where the governor's one (PEM) goes.", callback=writable),
    ] = None,
    officer: OfficerOption = "officer-2",
) -> None:
    """⑤ to ⑦: a second officer decides; on approval the certificate comes back."""
    request = pb.DecideApplicationRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=municipality,
        application_id=application,
        decision=pb.DECISION_APPROVE if approve else pb.DECISION_REJECT,
        rejection_reason=reason.number if reason else pb.REJECTION_REASON_UNSPECIFIED,
        explanation=explanation,
    )
    if approve == (reason is not None):
        rule = (
            "must not be said to approve" if approve else "is needed to reject: the reason is kept"
        )
        raise OpenJpkiError(Reason.INVALID_FIELD, rule, field="--reason")
    key_sha256 = applicants_key(
        None if key_request is None else request_file(key_request),
        fingerprint,
        request_field="--request",
        fingerprint_field="--fingerprint",
    )
    if approve and key_sha256 is None:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "or --fingerprint is needed to approve: the key as the applicant has it",
            field="--request",
        )
    with signing_window(access, sign_with, municipality, officer) as (service, signer):
        shown = _shown(service, municipality, application)
        sign_decision(request, shown, signer, key_sha256=key_sha256)
        look = _look(application, municipality)
        with changing(look, state=lambda: _state(_shown(service, municipality, application).state)):
            answer = service.DecideApplication(request)
    with keeping(f"{look} --certificate FILE"):
        _write_certificate(answer.application, certificate)
        if authority and answer.authority_certificate:
            write(authority, to_pem(answer.authority_certificate))
    _show(answer.application)


@app.command("take-over")
@reaching(PeerRole.REGISTRATION)
@signing
def take_over(
    access: ServiceAccess,
    sign_with: SigningChoice,
    application: ApplicationArgument,
    municipality: MunicipalityOption,
    officer: OfficerOption = "officer-1",
) -> None:
    """Answer for an application whose taker's key was lost or revoked; nothing of it is lost."""
    request = pb.TakeOverApplicationRequest(
        request_id=str(uuid.uuid4()), municipality_code=municipality, application_id=application
    )
    with signing_window(access, sign_with, municipality, officer) as (service, signer):
        sign_taking_over(request, _shown(service, municipality, application), signer)
        with changing(_look(application, municipality)):
            answer = service.TakeOverApplication(request)
    _show(answer.application)


@app.command()
@reaching(PeerRole.REGISTRATION)
def withdraw(
    access: ServiceAccess,
    application: ApplicationArgument,
    municipality: MunicipalityOption,
    reason: WithdrawalOption = WithdrawalName.APPLICANT_WISH,
    explanation: ExplanationOption = "",
    officer: OfficerOption = "officer-1",
) -> None:
    """The applicant takes the application back."""
    request = pb.WithdrawApplicationRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=municipality,
        application_id=application,
        reason=reason.number,
        explanation=explanation,
    )
    with (
        window_service(access, municipality, officer) as service,
        changing(_look(application, municipality)),
    ):
        answer = service.WithdrawApplication(request)
    _show(answer.application)


@app.command()
@reaching(PeerRole.REGISTRATION)
def show(
    access: ServiceAccess,
    application: ApplicationArgument,
    municipality: MunicipalityOption,
    certificate: CertificateFileOption = None,
    officer: OfficerOption = "officer-1",
) -> None:
    """What an application says, who did what; its certificate once more, once there is one."""
    request = pb.GetApplicationRequest(municipality_code=municipality, application_id=application)
    with window_service(access, municipality, officer) as service:
        answer = service.GetApplication(request)
    found = answer.application
    if certificate and not found.certificate:
        raise OpenJpkiError(Reason.WRONG_STATE, "has no certificate", field="application_id")
    _write_certificate(found, certificate)
    output.emit(
        {
            **_standing(found),
            **window_hand_over.handed_over_of(found),
            **seen_before_deciding(answer),
        }
    )


@app.command()
@reaching(PeerRole.REGISTRATION)
@signing
def revoke(
    access: ServiceAccess,
    sign_with: SigningChoice,
    municipality: MunicipalityOption,
    serial: Annotated[str, typer.Option(help="Serial number, hexadecimal.")],
    cause: CauseOption = CauseName.USER_WISH,
    evidence: EvidenceOption = EvidenceName.PHOTO_DOCUMENT,
    document: DocumentOption = "drivers-licence",
    also: FurtherOption = None,
    question: QuestionOption = None,
    officer: OfficerOption = "officer-1",
) -> None:
    """Revoke a certificate for the person at the window."""
    request = pb.RevokeCertificateRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=municipality,
        serial=serial_number(serial),
        cause=revocation_pb2.RevocationCause.Value(f"REVOCATION_CAUSE_{cause.name}"),
        check=identity_check(evidence, document, also, question),
    )
    with signing_window(access, sign_with, municipality, officer) as (service, signer):
        sign_revocation(request, signer)
        with changing():
            answer = service.RevokeCertificate(request)
    output.emit({"serial": serial, "revoked_at": answer.revoked_at.ToJsonString()})


app.command("make-key")(window_make_key.make_key_pair)
app.command("write-card")(window_card.write_card)
app.command("hand-over")(window_hand_over.hand_over)
app.command("list")(window_lists.list_applications)
app.command("certificates")(window_lists.find_certificates)
app.command("refuse-revocation")(window_refusals.refuse_revocation)
app.command("refused-revocations")(window_refusals.refused_revocations)
app.command("documents")(documents)
app.command("fee")(window_fees.fee)
app.command("take-fee")(window_fees.take_fee)
app.command("receipt")(window_fees.receipt)
app.command("void-fee")(window_fees.void_fee)
app.command("totals")(window_fees.totals)
app.command("copy")(window_paper.copy)
app.command("guide")(window_paper.guide)


@contextmanager
def signing_window(
    access: ServiceAccess, sign_with: SigningChoice, municipality: str, officer: str
) -> Iterator[tuple[WindowServiceStub, OfficerSigner]]:
    """The registration service, and the officer who signs what is sent."""
    who = (PeerRole.WINDOW_OFFICER, municipality, officer)
    with signing_channel(access, sign_with, *who) as (channel, signer):
        yield WindowServiceStub(channel), signer


def _shown(service: WindowServiceStub, municipality: str, application: str) -> pb.Application:
    """What the officer sees, and signs."""
    request = pb.GetApplicationRequest(municipality_code=municipality, application_id=application)
    return service.GetApplication(request).application


def _write_certificate(application: pb.Application, file: Path | None) -> None:
    if file and application.certificate:
        write(file, to_pem(application.certificate))


def _look(application: str, municipality: str) -> str:
    """The command that shows where an application stands."""
    return f"openjpki window show {application} --municipality {municipality}"


def _state(state: pb.ApplicationState.ValueType) -> str:
    return word_of(pb.ApplicationState, state, "APPLICATION_STATE_")


def _substitutes(chosen: Sequence[Substitute] | None) -> list[person_pb2.Substitute]:
    return [person_pb2.Substitute(position=one.position, text=one.text) for one in chosen or ()]


def _show(application: pb.Application) -> None:
    output.emit(_standing(application))


def _standing(application: pb.Application) -> dict[str, output.Value]:
    return {
        "application": application.application_id,
        "state": _state(application.state),
        "serial": application.serial.hex() or None,
        **end_of(application),
    }
