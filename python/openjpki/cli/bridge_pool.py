"""The commands of `openjpki bridge` about the pool and the paths built from it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1.bridge_pb2_grpc import PathServiceStub, PoolServiceStub
from openjpki.api.types.v1 import path_pb2
from openjpki.catalogue.path_reason import PathReason
from openjpki.cli import output
from openjpki.cli.arguments import authority_id, certificate_file, to_pem
from openjpki.cli.bridge_caller import (
    OfficerOption,
    PartnerArgument,
    VerifierOption,
    as_officer,
)
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.files import appearing, writable, write
from openjpki.cli.misused import Misused
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.unsettled import changing
from openjpki.cli.words import word_of
from openjpki.client import list_download
from openjpki.domain.authority import AuthorityId
from openjpki.errors import Language, OpenJpkiError, Reason, Text
from openjpki.rpc.client.pieces import pieces
from openjpki.rpc.identity.roles import PeerRole


@reaching(PeerRole.BRIDGE)
def submit_certificate(
    access: ServiceAccess,
    partner: PartnerArgument,
    certificate: Annotated[Path, typer.Argument(exists=True, help="An authority's, PEM.")],
) -> None:
    """Hand in a certificate between authorities beyond the partner."""
    request = pb.SubmitCertificateRequest(
        request_id=str(uuid.uuid4()),
        partner_id=partner,
        certificate=certificate_file(certificate, "CERTIFICATE"),
    )
    with access.open(PeerRole.PARTNER, partner) as channel, changing():
        PoolServiceStub(channel).SubmitCertificate(request)
    output.emit({"partner": partner, "certificate": str(certificate)})


pool = typer.Typer(
    help="What paths are built from: written to files (`pool --to FOLDER`), listed, taken out.",
    invoke_without_command=True,
)


@pool.callback()
@reaching(PeerRole.BRIDGE)
def write_pool(
    context: typer.Context,
    access: ServiceAccess,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder to write certificates and lists to.")
    ] = None,
    verifier: VerifierOption = "tax-office",
) -> None:
    """Write every authority certificate and revocation list that paths are built from; or, with a
    command, what officers do with single ones."""
    if context.invoked_subcommand is not None:
        return
    if to is None:
        wanted = Text(
            ja="フォルダーまたはコマンドを指定してください。", en="name a folder, or a command"
        )
        raise Misused(wanted, ctx=context, param_hint="--to")
    with access.open(PeerRole.VERIFIER, verifier) as channel:
        stub = PoolServiceStub(channel)
        answer = stub.ListPool(pb.ListPoolRequest())
        files = {
            to / f"{number:03d}.pem": to_pem(der) for number, der in enumerate(answer.certificates)
        }
        lists = enumerate(answer.revocation_lists)
        files |= {to / f"{number:03d}.crl": der for number, der in lists}
        # What one answer has no room for: mostly large lists.
        large = {
            to / f"large-{number:03d}.der": sha256 for number, sha256 in enumerate(answer.left_out)
        }
        to.mkdir(parents=True, exist_ok=True)
        for file in (*files, *large):
            writable(file)
        for file, octets in files.items():
            write(file, octets)
        for file, sha256 in large.items():
            with appearing(file) as written:
                request = pb.DownloadPoolElementRequest(sha256=sha256)
                stream = stub.DownloadPoolElement(request, timeout=list_download.DOWNLOAD_SECONDS)
                for piece in pieces(stream, list_download.MAX_LIST):
                    written.write(piece)
    output.emit(
        {
            "folder": str(to),
            "certificates": len(answer.certificates),
            "revocation_lists": len(answer.revocation_lists),
            "large": len(answer.left_out),
        }
    )


@pool.command("list")
@reaching(PeerRole.BRIDGE)
def list_elements(
    access: ServiceAccess,
    officer: OfficerOption,
    unreadable: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool, typer.Option("--unreadable", help="Only those that can't be read and are left out.")
    ] = False,
    at: Annotated[
        datetime | None,
        typer.Option(help="With the lists of this time, UTC, superseded or not; default: now."),
    ] = None,
) -> None:
    """List every certificate and revocation list as it is kept, also those that are left out."""
    request = pb.ListPoolElementsRequest(unreadable_only=unreadable)
    if at is not None:
        request.at.FromDatetime(at.replace(tzinfo=at.tzinfo or UTC))
    with as_officer(access, officer) as channel:
        answer = PoolServiceStub(channel).ListPoolElements(request)
    output.emit_rows([_row(one) for one in answer.elements])


@pool.command("remove")
@reaching(PeerRole.BRIDGE)
def remove_element(
    access: ServiceAccess,
    sha256: Annotated[
        str, typer.Argument(metavar="SHA256", help="Of the element, as the list shows it.")
    ],
    officer: OfficerOption,
) -> None:
    """Take out a certificate or a revocation list that a partner has handed in."""
    try:
        digest = bytes.fromhex(sha256)
    except ValueError:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be hexadecimal", field="SHA256") from None
    request = pb.RemovePoolElementRequest(request_id=str(uuid.uuid4()), sha256=digest)
    with as_officer(access, officer) as channel, changing():
        PoolServiceStub(channel).RemovePoolElement(request)
    output.emit({"sha256": digest.hex(), "removed": True})


def _row(element: pb.PoolElement) -> dict[str, output.Value]:
    return {
        "sha256": element.sha256.hex(),
        "kind": word_of(pb.PoolElementKind, element.kind, "POOL_ELEMENT_KIND_"),
        "origin": word_of(pb.PoolElementOrigin, element.origin, "POOL_ELEMENT_ORIGIN_"),
        "partner": element.partner_id or None,
        "subject": element.subject or None,
        "ends_at": element.ends_at.ToJsonString() if element.HasField("ends_at") else None,
        "fault": element.fault or None,
    }


@reaching(PeerRole.BRIDGE)
def validate(
    access: ServiceAccess,
    certificate: Annotated[Path, typer.Argument(exists=True, help="The official's, PEM.")],
    authority: Annotated[
        AuthorityId,
        typer.Option(
            metavar="AUTHORITY", parser=authority_id, help="Your own governor's, e.g. signing-13."
        ),
    ],
    policy: Annotated[
        list[str] | None,
        typer.Option(help="An acceptable policy, dotted; default: the authority's own."),
    ] = None,
    at: Annotated[datetime | None, typer.Option(help="As of this time, UTC; default: now.")] = None,
    path: Annotated[
        Path | None,
        typer.Option("--path", help="Write the path's certificates here, PEM.", callback=writable),
    ] = None,
    verifier: VerifierOption = "tax-office",
) -> None:
    """Check an official's certificate (官職証明書) along the whole path across the bridges."""
    request = pb.ValidateRequest(
        authority_id=str(authority),
        certificate=certificate_file(certificate, "CERTIFICATE"),
        acceptable_policies=policy or [],
    )
    if at is not None:
        request.at.FromDatetime(at.replace(tzinfo=at.tzinfo or UTC))
    with access.open(PeerRole.VERIFIER, verifier) as channel:
        answer = PathServiceStub(channel).Validate(request)
    if path is not None:
        write(path, b"".join(to_pem(der) for der in answer.path))
    output.emit(
        {
            "valid": answer.valid,
            "checked_at": answer.checked_at.ToJsonString(),
            "path_length": len(answer.path),
            "policies": list(answer.policies),
            "authority_policies": list(answer.authority_policies),
            "reasons": [_reason(each) for each in answer.refusals],
            "refusals": [_words(each) for each in answer.refusals],
            "evidence": [_evidence(each) for each in answer.evidence],
        },
        title="valid" if answer.valid else "NOT VALID",
    )
    if not answer.valid:
        raise typer.Exit(ExitCode.NOT_VALID)


def _reason(refusal: pb.Refusal) -> str:
    words = word_of(path_pb2.PathReason, refusal.path_reason, "PATH_REASON_")
    return words.replace("-", "_")


def _words(refusal: pb.Refusal) -> str:
    """In the language of this run, as far as this program knows the reason."""
    known = {one.number: one for one in PathReason}.get(refusal.path_reason)
    if known is None or output.language() is Language.EN:
        return refusal.text
    said = f"{known.text(output.language())} ({refusal.rule})"
    return f"{refusal.subject}: {said}" if refusal.subject else said


def _evidence(evidence: pb.RevocationEvidence) -> dict[str, output.Value]:
    return {
        "certificate": evidence.certificate_sha256.hex(),
        "revocation_lists": [one.hex() for one in evidence.revocation_lists],
        "ocsp_response": evidence.ocsp_response.hex() or None,
        "renumbered": evidence.renumbered,
    }
