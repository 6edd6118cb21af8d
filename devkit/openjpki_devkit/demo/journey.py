"""What the steps of the demo share: the installation, the folder of results, channels."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.api.registration.v1.registration_pb2_grpc import WindowServiceStub
from openjpki.cli.connection import Connection
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.embedded.layout import TRUST_DOMAIN
from openjpki_devkit.embedded.window import SigningWindow, officers_signer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.rpc.client.channel import TypedChannel
    from openjpki.rpc.identity.credentials import TlsFiles
    from openjpki_devkit.demo.transcript import Transcript
    from openjpki_devkit.embedded.installation import Installation

MUNICIPALITY = "13101"
AUTHORITY = AuthorityId.signing(MUNICIPALITY[:2])
PASSPHRASE = b"demonstration only"
"""Of the demo resident's key; at a real window the applicant enters their own."""


@dataclass(frozen=True, slots=True)
class Journey:
    """One run of the demo."""

    installation: Installation
    results: Path
    transcript: Transcript

    @contextmanager
    def channel(
        self, service: PeerRole, caller: PeerRole, scope: str = "", subject: str = ""
    ) -> Iterator[TypedChannel]:
        """A channel to a service as somebody of the mesh."""
        to = Connection(
            self.target(service), self.credentials(caller, scope, subject), TRUST_DOMAIN
        )
        with to.open(service) as channel:
            yield channel

    def credentials(self, caller: PeerRole, scope: str = "", subject: str = "") -> TlsFiles:
        """Somebody's credentials."""
        return self.installation.layout.credentials(caller, scope, subject)

    def target(self, service: PeerRole) -> str:
        """A service's gRPC address."""
        return f"127.0.0.1:{self.installation.ports[service].rpc}"

    @contextmanager
    def window(self, municipality: str, officer: str) -> Iterator[SigningWindow]:
        """As this officer works at a window."""
        signer = officers_signer(self.installation.layout, municipality, officer)
        with self.channel(
            PeerRole.REGISTRATION, PeerRole.WINDOW_OFFICER, municipality, officer
        ) as channel:
            yield SigningWindow(WindowServiceStub(channel), signer)

    def resident(self) -> dict[str, str]:
        """The first made-up resident of the municipality, as the register has them."""
        with self.installation.layout.register_csv.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["municipality_code"] == MUNICIPALITY:
                    return row
        raise OpenJpkiError(Reason.INTERNAL, f"no resident of {MUNICIPALITY} was made up")


def expect(what: str, *, holds: bool) -> None:
    """Stops the demo where it does not do what it says. Raises ``INTERNAL``."""
    if not holds:
        raise OpenJpkiError(Reason.INTERNAL, f"the demo expected {what}")
