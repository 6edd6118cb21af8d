"""`openjpki verifier …`: who may ask for status (R4.2), and asking."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import (
    RevocationListDownloadServiceStub,
    StatusServiceStub,
    VerifierRegistryServiceStub,
)
from openjpki.api.types.v1 import revocation_pb2
from openjpki.cli import output
from openjpki.cli.arguments import certificate_file, serial_number
from openjpki.cli.connection import HOME, Connection, HomeOption, connection
from openjpki.cli.embedded.layout import Layout
from openjpki.rpc.roles import PeerRole

app = typer.Typer(help="Registered verifiers (署名検証者) and status.", no_args_is_help=True)

AuthorityOption = Annotated[str, typer.Option("--authority", help="Two-digit prefecture number.")]
VerifierOption = Annotated[str, typer.Option("--verifier", help="Who asks.")]


@app.command()
def put(
    verifier: Annotated[str, typer.Argument(help="Verifier id, e.g. tax-office.")],
    name: Annotated[str, typer.Option(help="Name for people.")],
    authority: Annotated[list[str], typer.Option(help="Prefecture number; several times.")],
    signer: Annotated[
        list[Path] | None, typer.Option(help="Certificate that signs its OCSP requests, PEM.")
    ] = None,
    network: Annotated[
        list[str] | None, typer.Option(help="Closed network answered over plain HTTP, CIDR.")
    ] = None,
    home: HomeOption = HOME,
) -> None:
    """Register a verifier or replace its entry."""
    entry = pb.Verifier(
        verifier_id=verifier,
        display_name=name,
        authority_ids=authority,
        request_signers=[certificate_file(path, "--signer") for path in signer or []],
        closed_networks=network or [],
    )
    with _operator(home).open(PeerRole.OCSP) as channel:
        answer = VerifierRegistryServiceStub(channel).PutVerifier(
            pb.PutVerifierRequest(request_id=str(uuid.uuid4()), verifier=entry)
        )
    output.emit({"verifier": verifier, "registered_at": answer.registered_at.ToJsonString()})


@app.command()
def remove(
    verifier: Annotated[str, typer.Argument(help="Verifier id.")], home: HomeOption = HOME
) -> None:
    """End a verifier's access."""
    with _operator(home).open(PeerRole.OCSP) as channel:
        VerifierRegistryServiceStub(channel).RemoveVerifier(
            pb.RemoveVerifierRequest(request_id=str(uuid.uuid4()), verifier_id=verifier)
        )
    output.emit({"removed": verifier})


@app.command("list")
def list_verifiers(home: HomeOption = HOME) -> None:
    """All registered verifiers."""
    with _operator(home).open(PeerRole.OCSP) as channel:
        answer = VerifierRegistryServiceStub(channel).ListVerifiers(pb.ListVerifiersRequest())
    output.emit_rows(
        [
            {
                "verifier": each.verifier_id,
                "name": each.display_name,
                "authorities": ", ".join(each.authority_ids),
                "request_signers": len(each.request_signers),
                "closed_networks": ", ".join(each.closed_networks),
            }
            for each in answer.verifiers
        ],
        title="Verifiers",
    )


@app.command()
def check(
    serial: Annotated[list[str], typer.Argument(help="Serial numbers, hexadecimal.")],
    authority: AuthorityOption,
    verifier: VerifierOption = "tax-office",
    home: HomeOption = HOME,
) -> None:
    """Ask whether certificates still hold."""
    request = pb.CheckBatchRequest(
        authority_id=authority, serials=[serial_number(text) for text in serial]
    )
    with _verifier(home, verifier).open(PeerRole.OCSP) as channel:
        answer = StatusServiceStub(channel).CheckBatch(request)
    output.emit_rows(
        [
            {
                "serial": text,
                "status": revocation_pb2.CertificateStatus.Name(status)  # type: ignore[arg-type]
                .removeprefix("CERTIFICATE_STATUS_")
                .lower(),
                "reason": reason,
                "revoked_at": at or None,
            }
            for text, status, reason, at in zip(
                serial, answer.statuses, answer.reasons, answer.revoked_at, strict=True
            )
        ]
    )


@app.command("download-crl")
def download_crl(
    partition: Annotated[str, typer.Argument(help="Municipal code.")],
    to: Annotated[Path, typer.Option("--to", help="File to write, DER.")],
    authority: AuthorityOption,
    verifier: VerifierOption = "tax-office",
    home: HomeOption = HOME,
) -> None:
    """Download the newest revocation list of a municipality's certificates."""
    request = pb.DownloadRevocationListRequest(authority_id=authority, partition=partition)
    with _verifier(home, verifier).open(PeerRole.OCSP) as channel, to.open("wb") as file:
        for piece in RevocationListDownloadServiceStub(channel).DownloadRevocationList(request):
            file.write(piece.chunk)
    crl = x509.load_der_x509_crl(to.read_bytes())
    output.emit(
        {"file": str(to), "entries": len(crl), "this_update": f"{crl.last_update_utc:%FT%TZ}"}
    )


def _operator(home: Path) -> Connection:
    caller = Layout(home).credentials(PeerRole.OPERATOR, "ocsp", "operator-1")
    return connection(PeerRole.OCSP, caller, home, None, None)


def _verifier(home: Path, verifier: str) -> Connection:
    caller = Layout(home).credentials(PeerRole.VERIFIER, verifier)
    return connection(PeerRole.OCSP, caller, home, None, None)
