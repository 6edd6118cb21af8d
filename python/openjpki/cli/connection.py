"""Where a service is and who calls it, in the embedded installation or anywhere else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.credentials import TlsFiles, read_material
from openjpki.rpc.identity.peer import trust_domain_of

if TYPE_CHECKING:
    from openjpki.cli.home import Home
    from openjpki.rpc.client.channel import TypedChannel
    from openjpki.rpc.identity.roles import PeerRole

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


def endpoint(home: Home, service: PeerRole, kind: str = "rpc") -> str:
    """Address of a running embedded service. Raises ``SERVICE_UNAVAILABLE`` with the next step."""
    try:
        port = json.loads(home.endpoints.read_text())[service.value][kind]
    # Without the file, or while it is being written.
    except (FileNotFoundError, ValueError, LookupError, TypeError) as missing:
        raise OpenJpkiError(
            Reason.SERVICE_UNAVAILABLE,
            f"no running installation in {home.root}; start one with `openjpki serve`, name "
            "its folder with --home, or another installation with --target and --credentials",
        ) from missing
    return f"127.0.0.1:{port}"


def domain_of(tls: TlsFiles) -> str:
    """The trust domain in the caller's own certificate: the mesh it can speak in.

    Raises ``INVALID_FIELD`` for files that are no credentials of a mesh.
    """
    try:
        return trust_domain_of(read_material(tls).certificate)
    except OpenJpkiError as error:
        raise _unusable(tls.certificate.parent, str(error.field or ""), error.message) from None


_FILES = {"tls.certificate": "tls.crt", "tls.private_key": "tls.key", "tls.trust_bundle": "ca.crt"}


def _unusable(folder: Path, setting: str, rule: str) -> OpenJpkiError:
    file = folder / _FILES.get(setting, "tls.crt")
    return OpenJpkiError(Reason.INVALID_FIELD, f"{file}: {rule}", field="--credentials")
