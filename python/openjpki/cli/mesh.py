"""`openjpki mesh …`: whose credentials a service takes no longer."""

from __future__ import annotations

import hashlib
import ssl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from openjpki.api.mesh.v1 import mesh_pb2 as pb
from openjpki.api.mesh.v1.mesh_pb2_grpc import DenyListServiceStub
from openjpki.cli import output
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.unsettled import changing
from openjpki.cli.words import word_of
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole

app = typer.Typer(help="Whose credentials a service takes no longer.", no_args_is_help=True)

_PREFIX = "DENY_CAUSE_"


class Cause(StrEnum):
    """Why, as the contract spells it."""

    LEFT = "left"
    COMPROMISED = "compromised"
    SUSPENDED = "suspended"


SERVICES = (PeerRole.REGISTRATION, PeerRole.CA, PeerRole.OCSP, PeerRole.BRIDGE)
"""Each has a list of its own."""

CredentialArgument = Annotated[
    str,
    typer.Argument(
        path_type=str,
        help="SPIFFE id; or sha256: and a certificate's fingerprint; or its PEM file.",
    ),
]
OperatorOption = Annotated[str, typer.Option("--operator", help="Who acts, in the embedded mesh.")]


@app.command()
@reaching(*SERVICES)
def deny(
    access: ServiceAccess,
    credential: CredentialArgument,
    cause: Annotated[Cause, typer.Option(help="Why.")],
    operator: OperatorOption = "operator-1",
) -> None:
    """Refuse a credential from now on, on open connections too."""
    request = pb.DenyRequest(
        request_id=str(uuid.uuid4()),
        credential=_named(credential),
        cause=pb.DenyCause.Value(_PREFIX + cause.name),
    )
    with _operator(access, operator) as stub, changing():
        answer = stub.Deny(request)
    output.emit(_row(answer.entry))


@app.command()
@reaching(*SERVICES)
def allow(
    access: ServiceAccess,
    credential: CredentialArgument,
    operator: OperatorOption = "operator-2",
) -> None:
    """Take a credential off the list; another operator than who denied it."""
    named = _named(credential)
    with _operator(access, operator) as stub, changing():
        stub.Allow(pb.AllowRequest(request_id=str(uuid.uuid4()), credential=named))
    output.emit({"credential": named, "denied": False})


@app.command()
@reaching(*SERVICES)
def denied(access: ServiceAccess, operator: OperatorOption = "operator-1") -> None:
    """List whose credentials are refused, the newest first."""
    with _operator(access, operator) as stub:
        output.emit_rows([_row(entry) for entry in stub.List(pb.ListRequest()).entries])


@contextmanager
def _operator(access: ServiceAccess, operator: str) -> Iterator[DenyListServiceStub]:
    with access.open(PeerRole.OPERATOR, access.service.value, operator) as channel:
        yield DenyListServiceStub(channel)


def _named(credential: str) -> str:
    """What the list calls it; of a certificate's file, the fingerprint."""
    if credential.startswith(("spiffe://", "sha256:")):
        return credential
    try:
        # The leaf is the first of a chain.
        pem, end, _ = Path(credential).read_text("ascii").partition(_END)
        der = ssl.PEM_cert_to_DER_cert(pem + end)
    except (OSError, ValueError):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "is no SPIFFE id, no sha256: fingerprint and no file with a PEM certificate",
            field="credential",
        ) from None
    return f"sha256:{hashlib.sha256(der).hexdigest()}"


_END = "-----END CERTIFICATE-----"


def _row(entry: pb.DeniedCredential) -> dict[str, str]:
    return {
        "credential": entry.credential,
        "cause": word_of(pb.DenyCause, entry.cause, _PREFIX),
        "denied_by": entry.denied_by,
        "denied_at": entry.denied_at.ToJsonString(),
    }
