"""`openjpki responder …`: which keys of OCSP responders may have certificates, at ca."""

from __future__ import annotations

import hashlib
import uuid
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.ca.v1.ca_pb2_grpc import AuthorityServiceStub, ResponderKeyServiceStub
from openjpki.api.types.v1 import revocation_pb2
from openjpki.cli import output
from openjpki.cli.arguments import serial_number
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.files import writable, write
from openjpki.cli.local_settings import SettingsOption, settings_here
from openjpki.cli.reading import octets_of
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.unsettled import changing
from openjpki.cli.words import word_of
from openjpki.config.ocsp import OcspSettings
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.common.keys import open_keys
from openjpki.services.ocsp.responders.responder_keys import key_of, key_request, named_in
from openjpki.x509.foreign.reading import read_request
from openjpki.x509.pem import REQUEST, contents, unarmoured

app = typer.Typer(
    help="Keys of OCSP responders that ca knows, enrolled by two operators.", no_args_is_help=True
)

AuthorityArgument = Annotated[str, typer.Argument(help="Authority, e.g. signing-13.")]
KeyArgument = Annotated[str, typer.Argument(help="SHA-256 of the key, as `list` shows it.")]
OperatorOption = Annotated[str, typer.Option("--operator", help="Who acts, in the embedded mesh.")]


class CauseName(StrEnum):
    """What ended a responder's certificate."""

    KEY_COMPROMISE = "key-compromise"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    ISSUED_WRONGLY = "issued-wrongly"


_CAUSES = {
    CauseName.KEY_COMPROMISE: revocation_pb2.RESPONDER_REVOCATION_CAUSE_KEY_COMPROMISE,
    CauseName.WITHDRAWN: revocation_pb2.RESPONDER_REVOCATION_CAUSE_WITHDRAWN,
    CauseName.REPLACED: revocation_pb2.RESPONDER_REVOCATION_CAUSE_REPLACED,
    CauseName.ISSUED_WRONGLY: revocation_pb2.RESPONDER_REVOCATION_CAUSE_ISSUED_WRONGLY,
}


@app.command()
def request(
    authorities: Annotated[list[str], typer.Argument(help="Authorities the replica answers for.")],
    to: Annotated[
        Path, typer.Option("--to", help="File to write, PKCS#10 in PEM.", callback=writable)
    ],
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """On the replica's machine: make its keys, unless they are there, and write their requests."""
    wanted = [AuthorityId.parse(text) for text in authorities]
    used = settings_here(OcspSettings, PeerRole.OCSP, settings, home, begun=False)
    with closing(open_keys(used.keys)) as backend:
        requests = [key_request(key_of(backend, one), one) for one in wanted]
    loaded = [x509.load_der_x509_csr(der) for der in requests]
    write(to, b"".join(one.public_bytes(Encoding.PEM) for one in loaded))
    output.emit({"authorities": [str(one) for one in wanted], "file": str(to)})


@app.command()
@reaching(PeerRole.CA)
def propose(
    access: ServiceAccess,
    requests: Annotated[Path, typer.Argument(exists=True, help="What `request` has written.")],
    replica: Annotated[
        str,
        typer.Option(
            "--replica", help="Scope and last part of its SPIFFE id, e.g. nationwide/ocsp."
        ),
    ],
    operator: OperatorOption = "operator-1",
) -> None:
    """Propose a replica's keys, for another operator to approve; those that wait already stay."""
    found = requests_in(octets_of(requests))
    with access.open(PeerRole.OPERATOR, "ca", operator) as channel:
        stub = ResponderKeyServiceStub(channel)
        keys = [_proposed(stub, authority_id, replica, one) for authority_id, one in found]
    output.emit({"keys": [_shown(key) for key in keys]})


@app.command()
@reaching(PeerRole.CA)
def approve(
    access: ServiceAccess,
    authority: AuthorityArgument,
    key: KeyArgument,
    operator: OperatorOption = "operator-2",
) -> None:
    """Enrol a key that another operator has proposed."""
    wanted = ca_pb2.ApproveResponderKeyRequest(
        request_id=str(uuid.uuid4()), authority_id=authority, key_sha256=_sha256(key)
    )
    with access.open(PeerRole.OPERATOR, "ca", operator) as channel, changing(_look(authority)):
        answer = ResponderKeyServiceStub(channel).ApproveResponderKey(wanted)
    output.emit(_shown(answer.key))


@app.command()
@reaching(PeerRole.CA)
def withdraw(
    access: ServiceAccess,
    authority: AuthorityArgument,
    key: KeyArgument,
    operator: OperatorOption = "operator-1",
) -> None:
    """End a key for good: it gets no more certificates, and those that it has are revoked."""
    wanted = ca_pb2.WithdrawResponderKeyRequest(
        request_id=str(uuid.uuid4()), authority_id=authority, key_sha256=_sha256(key)
    )
    with access.open(PeerRole.OPERATOR, "ca", operator) as channel, changing(_look(authority)):
        answer = ResponderKeyServiceStub(channel).WithdrawResponderKey(wanted)
    output.emit(_shown(answer.key))


@app.command()
@reaching(PeerRole.CA)
def revoke(
    access: ServiceAccess,
    authority: AuthorityArgument,
    serial: Annotated[str, typer.Argument(help="Of the certificate, hexadecimal.")],
    cause: Annotated[CauseName, typer.Option("--cause", help="What ends it.")],
    operator: OperatorOption = "operator-1",
) -> None:
    """Revoke one certificate of a responder; its key stays as it is."""
    wanted = ca_pb2.RevokeResponderCertificateRequest(
        request_id=str(uuid.uuid4()),
        authority_id=authority,
        serial=serial_number(serial),
        cause=_CAUSES[cause],
    )
    with access.open(PeerRole.OPERATOR, "ca", operator) as channel, changing():
        answer = AuthorityServiceStub(channel).RevokeResponderCertificate(wanted)
    output.emit(
        {
            "authority": authority,
            "serial": serial,
            "cause": cause.value,
            "at": answer.revoked_at.ToJsonString(),
        }
    )


@app.command("list")
@reaching(PeerRole.CA)
def list_keys(
    access: ServiceAccess,
    authority: AuthorityArgument,
    operator: OperatorOption = "operator-1",
) -> None:
    """Every key of an authority's responders."""
    with access.open(PeerRole.OPERATOR, "ca", operator) as channel:
        answer = ResponderKeyServiceStub(channel).ListResponderKeys(
            ca_pb2.ListResponderKeysRequest(authority_id=authority)
        )
    output.emit({"keys": [_shown(key) for key in answer.keys]})


def _proposed(
    stub: ResponderKeyServiceStub,
    authority_id: AuthorityId,
    replica: str,
    request: bytes,
) -> ca_pb2.ResponderKey:
    """One key of several that are proposed, now or by a run that failed at a later one."""
    spki = read_request(request, field="REQUESTS").key.spki
    key_sha256 = hashlib.sha256(spki).digest()
    known = stub.ListResponderKeys(
        ca_pb2.ListResponderKeysRequest(authority_id=str(authority_id))
    ).keys
    for key in known:
        waits = key.state == ca_pb2.RESPONDER_KEY_STATE_PROPOSED
        if waits and (key.key_sha256, key.replica) == (key_sha256, replica):
            return key
    with changing():
        return stub.ProposeResponderKey(
            ca_pb2.ProposeResponderKeyRequest(
                request_id=str(uuid.uuid4()),
                authority_id=str(authority_id),
                replica=replica,
                certification_request=request,
            )
        ).key


def _look(authority: str) -> str:
    """The command that shows how an authority's keys stand."""
    return f"openjpki responder list {authority}"


def requests_in(file: bytes) -> list[tuple[AuthorityId, bytes]]:
    """Every request of a file of `request`, DER, and for which authority its key is to answer.

    Raises ``MALFORMED_DER`` for any other file: half a replica's keys are not what was meant.
    """
    found = []
    for held in contents(file, REQUEST):
        der = unarmoured(held, field="REQUESTS")
        named = named_in(read_request(der, field="REQUESTS"))
        if named is None:
            raise _no_request()
        found.append((named, der))
    if not found:
        raise _no_request()
    return found


def _no_request() -> OpenJpkiError:
    return OpenJpkiError(
        Reason.MALFORMED_DER, "must be a file of `openjpki responder request`", field="REQUESTS"
    )


def _sha256(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be 64 hexadecimal digits", field="KEY"
        ) from error


def _shown(key: ca_pb2.ResponderKey) -> dict[str, str]:
    return {
        "authority": key.authority_id,
        "key": key.key_sha256.hex(),
        "replica": key.replica,
        "state": word_of(ca_pb2.ResponderKeyState, key.state, "RESPONDER_KEY_STATE_"),
        "proposed_by": key.proposed_by,
    }
