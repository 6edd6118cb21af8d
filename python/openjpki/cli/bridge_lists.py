"""The commands of `openjpki bridge` about revocation lists: handed in, numbered anew."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1.bridge_pb2_grpc import PoolServiceStub
from openjpki.cli import output
from openjpki.cli.arguments import list_file
from openjpki.cli.bridge_caller import OfficerOption, PartnerArgument
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.signing_officer import SigningChoice, signing, signing_channel
from openjpki.cli.unsettled import changing
from openjpki.domain.evidence import RenumberedListAccepted
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.officer_signature import to_message

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART: Final = 1 << 20


@reaching(PeerRole.BRIDGE)
def submit_crl(
    access: ServiceAccess,
    partner: PartnerArgument,
    revocation_list: Annotated[
        Path,
        typer.Argument(
            metavar="LIST", exists=True, help="A revocation list, DER or PEM, up to 64 MiB."
        ),
    ],
) -> None:
    """Hand in a revocation list of an authority in the pool."""
    der = list_file(revocation_list, "LIST")
    with access.open(PeerRole.PARTNER, partner) as channel, changing():
        stub = PoolServiceStub(channel)
        request = pb.SubmitRevocationListRequest(request_id=str(uuid.uuid4()), partner_id=partner)
        if len(der) <= _PART:
            request.revocation_list = der
        else:
            for part in _parts(partner, der):
                stub.UploadRevocationListPart(part)
            request.uploaded_sha256 = hashlib.sha256(der).digest()
        stub.SubmitRevocationList(request)
    output.emit({"partner": partner, "revocation_list": str(revocation_list)})


def _parts(partner: str, der: bytes) -> Iterator[pb.UploadRevocationListPartRequest]:
    sha256 = hashlib.sha256(der).digest()
    for begins in range(0, len(der), _PART):
        yield pb.UploadRevocationListPartRequest(
            request_id=str(uuid.uuid4()),
            partner_id=partner,
            sha256=sha256,
            octets=len(der),
            begins=begins,
            part=der[begins : begins + _PART],
        )


@reaching(PeerRole.BRIDGE)
@signing
def accept_renumbered(
    access: ServiceAccess,
    sign_with: SigningChoice,
    partner: PartnerArgument,
    sha256: Annotated[
        str,
        typer.Argument(metavar="SHA256", help="Of the list, DER, as you know it from the partner."),
    ],
    officer: OfficerOption,
) -> None:
    """Accept, signed with your key, that from this list on an issuer's numbers count anew: its
    authority was restored from a copy. The partner then hands the list in."""
    try:
        digest = bytes.fromhex(sha256)
    except ValueError:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be hexadecimal", field="SHA256") from None
    request_id = str(uuid.uuid4())
    who = (PeerRole.BRIDGE_OFFICER, "bridge", officer)
    with signing_channel(access, sign_with, *who) as (channel, signer):
        occasion = signer.occasion(request_id)
        statement = RenumberedListAccepted(
            occasion=occasion, partner_id=partner, list_sha256=digest
        )
        request = pb.AcceptRenumberedListRequest(
            request_id=request_id,
            partner_id=partner,
            sha256=digest,
            acceptance=to_message(signer.sign(statement, occasion)),
        )
        with changing():
            PoolServiceStub(channel).AcceptRenumberedList(request)
    output.emit({"partner": partner, "sha256": digest.hex(), "accepted": True})
