"""`openjpki mesh`: a place in the mesh of an installation on this machine for somebody else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from openjpki.cli import output
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.files import writable
from openjpki.config.clock import SystemClock
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.credentials import TlsFiles
from openjpki.rpc.identity.peer import spiffe_id
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.embedded.layout import Layout
from openjpki_devkit.embedded.peers import VALIDITY
from openjpki_devkit.mesh.authority import MeshAuthority


def issue(
    role: Annotated[PeerRole, typer.Argument(help="What the peer is.")],
    scope: Annotated[
        str,
        typer.Argument(
            help="Whose: a verifier's id, an officer's municipality, what a service serves "
            "(docs/identities.md), …"
        ),
    ] = "",
    subject: Annotated[str, typer.Argument(help="Which person, e.g. officer-3.")] = "",
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Folder for tls.crt, tls.key, ca.crt; default: the usual one."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="How long they hold.")] = VALIDITY.days,
    home: HomeOption = HOME,
) -> None:
    """Make a certificate and its key for a peer; with ``--force`` in place of those it has."""
    layout = Layout(home)
    if not (layout.mesh / "mesh-ca.crt").exists():
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"there is no installation in {home}; start one with `openjpki serve`",
            field="--home",
        )
    mesh = MeshAuthority.load(layout.mesh, clock=SystemClock())
    named = spiffe_id(mesh.trust_domain, role, scope, subject)
    folder = to or layout.credentials(role, scope, subject).certificate.parent
    there = TlsFiles.in_folder(folder)
    for file in (there.certificate, there.private_key, there.trust_bundle):
        if folder.is_dir():
            writable(file)
    files = mesh.issue(
        role,
        scope,
        subject,
        dns_names=["localhost"] if role.is_service else [],
        ip_addresses=["127.0.0.1"] if role.is_service else [],
        validity=timedelta(days=days),
    ).write(folder)
    output.emit({"spiffe_id": named, "folder": str(files.certificate.parent)})
