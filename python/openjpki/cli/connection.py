"""Where a service is and who calls it, in the embedded installation or anywhere else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.credentials import TlsFiles, read_material
from openjpki.rpc.identity.peer import read_certificate

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
        ports = json.loads(home.endpoints.read_text())
    except FileNotFoundError as missing:
        raise OpenJpkiError(
            Reason.SERVICE_UNAVAILABLE,
            f"no running installation in {home.root}; start one with `openjpki serve`, name "
            "its folder with --home, or another installation with --target and --credentials",
        ) from missing
    return f"127.0.0.1:{ports[service.value][kind]}"


def files_in(folder: Path) -> TlsFiles:
    """The credentials in a folder as every program here writes them, and cert-manager does."""
    return TlsFiles(folder / "tls.crt", folder / "tls.key", folder / "ca.crt")


def trust_domain_of(tls: TlsFiles) -> str:
    """The trust domain in the caller's own certificate: the mesh it can speak in.

    Raises ``INVALID_FIELD`` for files that are no credentials of a mesh.
    """
    folder = tls.certificate.parent
    try:
        leaf = read_material(tls).leaf
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uri = next(iter(names.get_values_for_type(x509.UniformResourceIdentifier)), "")
        domain = uri.removeprefix("spiffe://").partition("/")[0]
        read_certificate(tls.certificate.read_bytes(), domain)
    except OpenJpkiError as error:
        raise _unusable(folder, str(error.field or ""), error.message) from None
    except x509.ExtensionNotFound:
        raise _unusable(folder, "tls.certificate", "names nobody of a mesh") from None
    return domain


_FILES = {"tls.certificate": "tls.crt", "tls.private_key": "tls.key", "tls.trust_bundle": "ca.crt"}


def _unusable(folder: Path, setting: str, rule: str) -> OpenJpkiError:
    file = folder / _FILES.get(setting, "tls.crt")
    return OpenJpkiError(Reason.INVALID_FIELD, f"{file}: {rule}", field="--credentials")
