"""How a command reaches a service: by the embedded installation's folder, or by address and
credentials."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli.embedded.layout import TRUST_DOMAIN, Layout
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.channel import open_channel
from openjpki.rpc.credentials import TlsFiles

if TYPE_CHECKING:
    from openjpki.rpc.channel import TypedChannel
    from openjpki.rpc.roles import PeerRole

HOME = Path("build/serve")
"""Where `openjpki serve` keeps its installation unless told otherwise."""

HomeOption = Annotated[
    Path,
    typer.Option(
        "--home",
        envvar="OPENJPKI_HOME",
        help="Folder of the embedded installation (`openjpki serve`).",
    ),
]
TargetOption = Annotated[
    str | None,
    typer.Option("--target", envvar="OPENJPKI_TARGET", help="The service's host:port instead."),
]
CredentialsOption = Annotated[
    Path | None,
    typer.Option(
        "--credentials",
        envvar="OPENJPKI_CREDENTIALS",
        help="Folder with tls.crt, tls.key and ca.crt of the caller.",
    ),
]
TrustDomainOption = Annotated[
    str, typer.Option("--trust-domain", envvar="OPENJPKI_TRUST_DOMAIN", help="The mesh's name.")
]


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a service is and who calls."""

    target: str
    tls: TlsFiles
    trust_domain: str

    def open(self, service: PeerRole) -> TypedChannel:
        """A channel to it; the caller closes it."""
        return open_channel(
            self.target, self.tls, expect_role=service, trust_domain=self.trust_domain
        )


def connection(
    service: PeerRole,
    caller: TlsFiles,
    home: Path,
    target: str | None,
    credentials: Path | None,
    trust_domain: str = TRUST_DOMAIN,
) -> Connection:
    """What the options say: ``target`` and ``credentials`` go before the embedded ones.

    Raises ``SERVICE_UNAVAILABLE`` when nothing runs, ``INVALID_FIELD`` for absent credentials.
    """
    address = target or endpoint(Layout(home), service)
    tls = _files(credentials) if credentials else caller
    if not tls.certificate.exists():
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"there are none in {tls.certificate.parent}; the embedded ones are below "
            f"{Layout(home).root / 'credentials'}",
            field="credentials",
        )
    return Connection(address, tls, trust_domain)


def endpoint(layout: Layout, service: PeerRole, kind: str = "rpc") -> str:
    """Address of a running embedded service. Raises ``SERVICE_UNAVAILABLE`` with the next step."""
    try:
        ports = json.loads(layout.endpoints.read_text())
    except FileNotFoundError as missing:
        raise OpenJpkiError(
            Reason.SERVICE_UNAVAILABLE,
            f"no running installation in {layout.root}; start one with `openjpki serve`",
        ) from missing
    return f"127.0.0.1:{ports[service.value][kind]}"


def _files(folder: Path) -> TlsFiles:
    return TlsFiles(folder / "tls.crt", folder / "tls.key", folder / "ca.crt")
