"""Who calls the bridge, and the files they bring."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.rpc.identity.roles import PeerRole

if TYPE_CHECKING:
    from collections.abc import Iterator

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
