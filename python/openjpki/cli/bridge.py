"""`openjpki bridge …`: cross-certification and the validation of officials' certificates."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1.bridge_pb2_grpc import (
    CrossCertificationServiceStub,
    PathServiceStub,
    PoolServiceStub,
)
from openjpki.cli import output
from openjpki.cli.arguments import certificate_file, to_pem
from openjpki.cli.connection import HOME, HomeOption, connection
from openjpki.cli.embedded.layout import Layout
from openjpki.cli.exit_codes import ExitCode
from openjpki.rpc.channel import TypedChannel
from openjpki.rpc.roles import PeerRole

app = typer.Typer(help="The bridge to other PKIs (相互認証).", no_args_is_help=True)

OfficerOption = Annotated[str, typer.Option("--officer", help="Who acts, in the embedded mesh.")]
IdArgument = Annotated[str, typer.Argument(help="Cross-certification id.")]


@app.command()
def approve(
    cross_certification: IdArgument, officer: OfficerOption, home: HomeOption = HOME
) -> None:
    """Approve a cross-certification; the second officer's approval carries it out."""
    request = pb.ApproveCrossCertificationRequest(
        request_id=str(uuid.uuid4()), cross_certification_id=cross_certification
    )
    with _as_officer(home, officer) as channel:
        answer = CrossCertificationServiceStub(channel).ApproveCrossCertification(request)
    _show(answer.cross_certification)


@app.command()
def reject(
    cross_certification: IdArgument, officer: OfficerOption, home: HomeOption = HOME
) -> None:
    """Refuse a pending cross-certification."""
    request = pb.RejectCrossCertificationRequest(
        request_id=str(uuid.uuid4()), cross_certification_id=cross_certification
    )
    with _as_officer(home, officer) as channel:
        answer = CrossCertificationServiceStub(channel).RejectCrossCertification(request)
    _show(answer.cross_certification)


@app.command()
def validate(
    certificate: Annotated[Path, typer.Argument(exists=True, help="The official's, PEM.")],
    authority: Annotated[str, typer.Option(help="Your own governor's prefecture number.")],
    path: Annotated[
        Path | None, typer.Option("--path", help="Write the path's certificates here, PEM.")
    ] = None,
    verifier: Annotated[str, typer.Option(help="Who asks, in the embedded mesh.")] = "tax-office",
    home: HomeOption = HOME,
) -> None:
    """Check an official's certificate (官職証明書) along the whole path across the bridges."""
    request = pb.ValidateRequest(
        authority_id=authority, certificate=certificate_file(certificate, "CERTIFICATE")
    )
    caller = Layout(home).credentials(PeerRole.VERIFIER, verifier)
    with connection(PeerRole.BRIDGE, caller, home, None, None).open(PeerRole.BRIDGE) as channel:
        answer = PathServiceStub(channel).Validate(request)
    if path is not None:
        path.write_bytes(b"".join(to_pem(der) for der in answer.path))
    output.emit(
        {
            "valid": answer.valid,
            "checked_at": answer.checked_at.ToJsonString(),
            "path_length": len(answer.path),
            "policies": list(answer.policies),
            "refusals": [f"{each.text} ({each.subject})" for each in answer.refusals],
        },
        title="valid" if answer.valid else "NOT VALID",
    )
    if not answer.valid:
        raise typer.Exit(ExitCode.NOT_VALID)


@app.command()
def pool(
    to: Annotated[Path, typer.Option("--to", help="Folder to write certificates and lists to.")],
    verifier: Annotated[str, typer.Option(help="Who asks, in the embedded mesh.")] = "tax-office",
    home: HomeOption = HOME,
) -> None:
    """Write every authority certificate and revocation list that paths are built from."""
    caller = Layout(home).credentials(PeerRole.VERIFIER, verifier)
    with connection(PeerRole.BRIDGE, caller, home, None, None).open(PeerRole.BRIDGE) as channel:
        answer = PoolServiceStub(channel).ListPool(pb.ListPoolRequest())
    to.mkdir(parents=True, exist_ok=True)
    for number, der in enumerate(answer.certificates):
        (to / f"{number:03d}.pem").write_bytes(to_pem(der))
    for number, der in enumerate(answer.revocation_lists):
        (to / f"{number:03d}.crl").write_bytes(der)
    output.emit(
        {
            "folder": str(to),
            "certificates": len(answer.certificates),
            "revocation_lists": len(answer.revocation_lists),
        }
    )


@contextmanager
def _as_officer(home: Path, officer: str) -> Iterator[TypedChannel]:
    caller = Layout(home).credentials(PeerRole.BRIDGE_OFFICER, "bridge", officer)
    with connection(PeerRole.BRIDGE, caller, home, None, None).open(PeerRole.BRIDGE) as channel:
        yield channel


def _show(crossed: pb.CrossCertification) -> None:
    state = pb.CrossCertificationState.Name(crossed.state)
    output.emit(
        {
            "cross_certification": crossed.cross_certification_id,
            "partner": crossed.partner_id,
            "state": state.removeprefix("CROSS_CERTIFICATION_STATE_").lower(),
            "approved_by": list(crossed.approved_by),
        }
    )
