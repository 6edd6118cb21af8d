"""Who calls the bridge, and the files they bring."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.signer_core import PathMaterial
from openjpki.x509.pem import der_of, is_pem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.cli.service_access import ServiceAccess
    from openjpki.rpc.client.channel import TypedChannel

OfficerOption = Annotated[str, typer.Option("--officer", help="Who acts, in the embedded mesh.")]
SomeOfficerOption = Annotated[
    str | None,
    typer.Option("--officer", help="An officer acts, in the embedded mesh; else the partner."),
]
PartnerArgument = Annotated[
    str,
    typer.Argument(
        help="Partner: an authority's id, e.g. signing-13, or a foreign partner's name."
    ),
]
VerifierOption = Annotated[str, typer.Option(help="Who asks, in the embedded mesh.")]


@contextmanager
def as_officer(access: ServiceAccess, officer: str) -> Iterator[TypedChannel]:
    """A channel as an officer of the bridge."""
    with access.open(PeerRole.BRIDGE_OFFICER, "bridge", officer) as channel:
        yield channel


@contextmanager
def as_either(access: ServiceAccess, officer: str | None, partner: str) -> Iterator[TypedChannel]:
    """A channel as an officer, if one is named, else as the partner."""
    if officer is not None:
        with as_officer(access, officer) as channel:
            yield channel
    else:
        with access.open(PeerRole.PARTNER, partner) as channel:
            yield channel


def request_file(path: Path) -> bytes:
    """A PKCS#10's DER from a PEM or DER file. Raises ``MALFORMED_DER``."""
    return der_of(path.read_bytes(), x509.load_pem_x509_csr, field="--request")


def list_file(path: Path) -> bytes:
    """A revocation list's DER from a PEM or DER file. Raises ``MALFORMED_DER``."""
    octets = path.read_bytes()
    if not is_pem(octets):
        return octets
    found = PathMaterial.read(octets).lists
    if len(found) != 1:
        raise OpenJpkiError(Reason.MALFORMED_DER, "is not PEM of one revocation list", field="LIST")
    return found[0].octets
