"""`openjpki verifier …`: who may ask for status (R4.2), and asking."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import (
    AgreementServiceStub,
    RevocationListDownloadServiceStub,
    StatusServiceStub,
    VerifierRegistryServiceStub,
)
from openjpki.api.types.v1 import revocation_pb2
from openjpki.cli import output, verifier_sync
from openjpki.cli.arguments import authority_id, certificate_file, serial_number
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.files import appearing, writable
from openjpki.cli.fonts import FONT, FontOption
from openjpki.cli.months import MonthOption
from openjpki.cli.quota_standing import WithinOption
from openjpki.cli.quota_standing import show as show_quotas
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.unsettled import changing
from openjpki.cli.usage_counts import Asked, ByDayOption
from openjpki.cli.usage_counts import show as show_usage
from openjpki.cli.usage_statement import (
    FormatOption,
    StatementFormat,
    StatementOption,
)
from openjpki.cli.usage_statement import write as write_usage
from openjpki.cli.verifier_enrol import enrol
from openjpki.cli.words import word, word_of
from openjpki.client.list_download import download
from openjpki.domain.authority import AuthorityId
from openjpki.domain.policy.revocation import RevocationReason
from openjpki.domain.stated_time import moment
from openjpki.rpc.identity.roles import PeerRole
from openjpki.x509.foreign.reading import read_list

app = typer.Typer(help="Registered verifiers (署名検証者) and status.", no_args_is_help=True)
app.command()(enrol)
app.command()(verifier_sync.sync)

_ONE = "e.g. signing-13; a prefecture's number alone means its signing one"
AuthorityOption = Annotated[
    AuthorityId,
    typer.Option("--authority", metavar="AUTHORITY", parser=authority_id, help=f"Which, {_ONE}."),
]
VerifierOption = Annotated[str, typer.Option("--verifier", help="Who asks, in the embedded mesh.")]
OperatorOption = Annotated[
    str, typer.Option("--operator", help="Who registers, in the embedded mesh.")
]


@app.command()
@reaching(PeerRole.OCSP)
def put(
    access: ServiceAccess,
    verifier: Annotated[str, typer.Argument(help="Verifier id, e.g. tax-office.")],
    name: Annotated[str, typer.Option(help="Name for people.")],
    authority: Annotated[
        list[AuthorityId],
        typer.Option(metavar="AUTHORITY", parser=authority_id, help=f"Several times; {_ONE}."),
    ],
    signer: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help="Certificate that signs its OCSP requests, PEM."),
    ] = None,
    network: Annotated[
        list[str] | None, typer.Option(help="Closed network answered over plain HTTP, CIDR.")
    ] = None,
    operator: OperatorOption = "operator-1",
    *,
    same_verifier: Annotated[
        bool,
        typer.Option("--same-verifier", help="It had this id before it was removed."),
    ] = False,
) -> None:
    """Register a verifier or replace its entry."""
    entry = pb.Verifier(
        verifier_id=verifier,
        display_name=name,
        authority_ids=map(str, authority),
        request_signers=[certificate_file(path, "--signer") for path in signer or []],
        closed_networks=network or [],
    )
    with _operator(access, operator) as registry, changing():
        answer = registry.PutVerifier(
            pb.PutVerifierRequest(
                request_id=str(uuid.uuid4()), verifier=entry, same_verifier=same_verifier
            )
        )
    output.emit({"verifier": verifier, "registered_at": answer.registered_at.ToJsonString()})


@app.command()
@reaching(PeerRole.OCSP)
def remove(
    access: ServiceAccess,
    verifier: Annotated[str, typer.Argument(help="Verifier id.")],
    end_agreements: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool,
        typer.Option(
            "--end-agreements",
            help="Also where governors have agreed with it; each ends for good, and takes two of "
            "its officers to come back.",
        ),
    ] = False,
    operator: OperatorOption = "operator-1",
) -> None:
    """End a verifier's access."""
    with _operator(access, operator) as registry, changing():
        registry.RemoveVerifier(
            pb.RemoveVerifierRequest(
                request_id=str(uuid.uuid4()),
                verifier_id=verifier,
                ends_agreements=end_agreements,
            )
        )
    output.emit({"removed": verifier})


@app.command("list")
@reaching(PeerRole.OCSP)
def list_verifiers(access: ServiceAccess, operator: OperatorOption = "operator-1") -> None:
    """All registered verifiers."""
    with _operator(access, operator) as registry:
        answer = registry.ListVerifiers(pb.ListVerifiersRequest())
    output.emit_rows(
        [
            {
                "verifier": each.verifier_id,
                "name": each.display_name,
                "authorities": list(each.authority_ids),
                "request_signers": len(each.request_signers),
                "closed_networks": list(each.closed_networks),
            }
            for each in answer.verifiers
        ],
        title="Verifiers",
    )


@app.command()
@reaching(PeerRole.OCSP)
def quotas(
    access: ServiceAccess,
    authority: Annotated[
        list[AuthorityId] | None,
        typer.Option(
            metavar="AUTHORITY",
            parser=authority_id,
            help="Several times; default: all that a verifier may agree with.",
        ),
    ] = None,
    operator: OperatorOption = "operator-1",
    *,
    within: WithinOption = False,
) -> None:
    """Which verifiers are near a quota of theirs in this day or month, or have reached it."""
    with access.open(PeerRole.OPERATOR, "ocsp", operator) as channel:
        asked = [str(one) for one in authority or []]
        if not asked:
            known = VerifierRegistryServiceStub(channel).ListVerifiers(pb.ListVerifiersRequest())
            asked = sorted({one for each in known.verifiers for one in each.authority_ids})
        show_quotas(AgreementServiceStub(channel), asked, within=within)


@app.command()
@reaching(PeerRole.OCSP)
def check(
    access: ServiceAccess,
    serial: Annotated[list[str], typer.Argument(help="Serial numbers, hexadecimal.")],
    authority: AuthorityOption,
    verifier: VerifierOption = "tax-office",
) -> None:
    """Ask whether certificates still hold; ends with 4 when one does not."""
    request = pb.CheckBatchRequest(
        authority_id=str(authority), serials=[serial_number(text) for text in serial]
    )
    with access.open(PeerRole.VERIFIER, verifier) as channel:
        answer = StatusServiceStub(channel).CheckBatch(request)
    output.emit_rows(
        [
            {
                "serial": text,
                "status": _status(status),
                "reason": _reason(status, reason),
                "revoked_at": _moment(at),
                "as_of": _moment(answer.as_of),
            }
            for text, status, reason, at in zip(
                serial, answer.statuses, answer.reasons, answer.revoked_at, strict=True
            )
        ]
    )
    others = set(answer.statuses) - {revocation_pb2.CERTIFICATE_STATUS_GOOD}
    if others == {revocation_pb2.CERTIFICATE_STATUS_UNSPECIFIED}:
        raise typer.Exit(ExitCode.UNAVAILABLE)
    if others:
        raise typer.Exit(ExitCode.NOT_VALID)


@app.command("download-crl")
@reaching(PeerRole.OCSP)
def download_crl(
    access: ServiceAccess,
    partition: Annotated[str, typer.Argument(help="Municipal code.")],
    to: Annotated[Path, typer.Option("--to", help="File to write, DER.", callback=writable)],
    authority: AuthorityOption,
    verifier: VerifierOption = "tax-office",
    generation: Annotated[
        int | None, typer.Option(min=1, help="Of its key; else the one that issues.")
    ] = None,
) -> None:
    """Download the newest revocation list of a municipality's certificates."""
    with access.open(PeerRole.VERIFIER, verifier) as channel, appearing(to) as file:
        stub = RevocationListDownloadServiceStub(channel)
        octets = download(stub, authority, partition, generation or 0)
        file.write(octets)
    crl = read_list(octets)
    at = moment(crl.this_update)
    output.emit({"file": str(to), "entries": crl.entries, "this_update": f"{at:%FT%TZ}"})


@app.command()
@reaching(PeerRole.OCSP)
def usage(
    access: ServiceAccess,
    verifier: VerifierOption = "tax-office",
    month: MonthOption = None,
    *,
    by_day: ByDayOption = False,
) -> None:
    """How much you were told, by authority and way."""
    asked = Asked(verifier_id=verifier, month=month, by_day=by_day)
    with access.open(PeerRole.VERIFIER, verifier) as channel:
        show_usage(channel, asked)


@app.command()
@reaching(PeerRole.OCSP)
def statement(
    access: ServiceAccess,
    to: StatementOption,
    verifier: VerifierOption = "tax-office",
    month: MonthOption = None,
    form: FormatOption = StatementFormat.CSV,
    font: FontOption = FONT,
    *,
    by_day: ByDayOption = False,
) -> None:
    """Write how much you were told in a month, to hold against what you are to pay."""
    asked = Asked(verifier_id=verifier, month=month, by_day=by_day)
    with access.open(PeerRole.VERIFIER, verifier) as channel:
        write_usage(channel, asked, to, form, font)


def _moment(seconds: int) -> str | None:
    """Unix time as ISO 8601; 0 is none."""
    return f"{datetime.fromtimestamp(seconds, UTC):%FT%TZ}" if seconds else None


def _status(number: int) -> str | None:
    """A row's status; 0 is one that the service can't say now, as it has not heard the authority
    for too long."""
    if number == revocation_pb2.CERTIFICATE_STATUS_UNSPECIFIED:
        return None if output.is_json() else "not known now"
    return word_of(revocation_pb2.CertificateStatus, number, "CERTIFICATE_STATUS_")


def _reason(status: int, code: int) -> str | None:
    """RFC 5280's name of why; nothing is said of a certificate that is not revoked."""
    if status != revocation_pb2.CERTIFICATE_STATUS_REVOKED:
        return None
    try:
        return word(RevocationReason(code).name)
    except ValueError:
        return str(code)


@contextmanager
def _operator(access: ServiceAccess, operator: str) -> Iterator[VerifierRegistryServiceStub]:
    with access.open(PeerRole.OPERATOR, "ocsp", operator) as channel:
        yield VerifierRegistryServiceStub(channel)
