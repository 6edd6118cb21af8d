"""The four services as `openjpki serve` starts them: processes of their own on loopback.

Heavy, so started once a session by the fixture ``installation`` (tests/support/sharing.py).
"""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.registration.v1.registration_pb2_grpc import WindowServiceStub
from openjpki.api.types.v1 import identity_pb2, person_pb2, revocation_pb2
from openjpki.cli.connection import Connection
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.key_file import make_key
from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.embedded.installation import Installation
from openjpki_devkit.embedded.layout import TRUST_DOMAIN, KeyKind
from openjpki_devkit.embedded.window import SigningWindow, officers_signer
from openjpki_devkit.mesh.authority import MeshAuthority
from tests.support.command_line import SHELL, run
from tests.support.json_document import require_documented, require_refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.rpc.client.channel import TypedChannel
    from openjpki.rpc.identity.credentials import TlsFiles
    from openjpki_devkit.embedded.processes import Processes

CHIYODA, SHINJUKU, OSAKA, SAKAI = "13101", "13104", "27100", "27140"
PASSPHRASE = b"only for tests"
DRIVERS_LICENCE = identity_pb2.IdentityCheck(
    evidence=identity_pb2.IDENTITY_EVIDENCE_PHOTO_DOCUMENT, document_kind="drivers-licence"
)


@dataclass(frozen=True)
class Resident:
    """Somebody with a certificate."""

    municipality: str
    row: dict[str, str]
    """Of the register file."""
    key_file: Path
    application_id: str
    serial: bytes
    certificate: bytes
    """X.509 DER."""
    authority_certificate: bytes
    """X.509 DER."""

    @property
    def authority(self) -> str:
        return str(AuthorityId.signing(self.municipality[:2]))


@dataclass
class RunningInstallation:
    """A started installation, asked only through its public interfaces."""

    installation: Installation
    processes: Processes
    scratch: Path
    _given: dict[str, int] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.installation.layout.root

    @contextmanager
    def channel(
        self, service: PeerRole, caller: PeerRole, scope: str = "", subject: str = ""
    ) -> Iterator[TypedChannel]:
        tls = self.installation.layout.credentials(caller, scope, subject)
        with Connection(self.target(service), tls, TRUST_DOMAIN).open(service) as channel:
            yield channel

    @contextmanager
    def window(self, municipality: str, officer: str = "officer-1") -> Iterator[SigningWindow]:
        signer = officers_signer(self.installation.layout, municipality, officer)
        with self.channel(
            PeerRole.REGISTRATION, PeerRole.WINDOW_OFFICER, municipality, officer
        ) as channel:
            yield SigningWindow(WindowServiceStub(channel), signer)

    def peer(self, role: PeerRole, scope: str = "", subject: str = "") -> TlsFiles:
        """Credentials in the mesh, made now for somebody who has none yet."""
        layout = self.installation.layout
        files = layout.credentials(role, scope, subject)
        if not files.certificate.exists():
            mesh = MeshAuthority.load(layout.mesh, clock=SystemClock())
            mesh.issue(role, scope, subject).write(files.certificate.parent)
        return files

    def verifier(self, verifier_id: str) -> str:
        """A verifier with credentials that is not registered; its id back."""
        self.peer(PeerRole.VERIFIER, verifier_id)
        return verifier_id

    def target(self, service: PeerRole) -> str:
        return f"127.0.0.1:{self.installation.ports[service].rpc}"

    def http(self) -> str:
        """Where OCSP is asked in plain HTTP."""
        return f"http://127.0.0.1:{self.installation.ports[PeerRole.OCSP].http}/"

    def rows(self, municipality: str) -> list[dict[str, str]]:
        """Everybody in the municipality's register."""
        with self.installation.layout.register_csv.open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if row["municipality_code"] == municipality]

    def next_row(self, municipality: str) -> dict[str, str]:
        """Somebody of the municipality's register nobody has applied for."""
        rows = self.rows(municipality)
        index = self._given.get(municipality, 0)
        self._given[municipality] = index + 1
        return rows[index]

    def issue(self, municipality: str = CHIYODA, *, key: bytes | None = None) -> Resident:
        """① to ⑦ for another resident. ``key``: PKCS#10 of one that was made already."""
        row = self.next_row(municipality)
        key_file = self.scratch / f"{uuid.uuid4().hex}.key"
        csr = make_key(key_file, PASSPHRASE) if key is None else key
        common: dict[str, Any] = {"municipality_code": municipality}
        with self.window(municipality) as window:
            application_id = window.SubmitApplication(form(row)).application.application_id
            common["application_id"] = application_id
            window.RecordIdentityCheck(
                pb.RecordIdentityCheckRequest(
                    request_id=str(uuid.uuid4()), check=DRIVERS_LICENCE, **common
                )
            )
            window.PresentPublicKey(
                pb.PresentPublicKeyRequest(
                    request_id=str(uuid.uuid4()),
                    certification_request=csr,
                    **common,
                )
            )
        with self.window(municipality, "officer-2") as window:
            decided = window.DecideApplication(
                pb.DecideApplicationRequest(
                    request_id=str(uuid.uuid4()), decision=pb.DECISION_APPROVE, **common
                ),
                csr,
            )
        return Resident(
            municipality,
            row,
            key_file,
            application_id,
            decided.application.serial,
            decided.application.certificate,
            decided.authority_certificate,
        )

    def revoke(self, resident: Resident) -> pb.RevokeCertificateResponse:
        """At the window, as the resident wishes."""
        with self.window(resident.municipality) as window:
            return window.RevokeCertificate(
                pb.RevokeCertificateRequest(
                    request_id=str(uuid.uuid4()),
                    municipality_code=resident.municipality,
                    serial=resident.serial,
                    cause=revocation_pb2.REVOCATION_CAUSE_USER_WISH,
                    check=DRIVERS_LICENCE,
                )
            )

    def cli(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """`openjpki --output json …` against this installation."""
        return openjpki(*arguments, home=self.home, cwd=cwd)


def form(row: dict[str, str], **changes: str) -> pb.SubmitApplicationRequest:
    """The application of a row of the register; ``changes`` to its columns."""
    stated = {**row, **changes}
    return pb.SubmitApplicationRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=row["municipality_code"],
        window_id=f"{row['municipality_code']}001A",
        attributes=person_pb2.FourAttributes(
            name=stated["name"],
            birth_date=stated["birth_date"],
            sex=person_pb2.Sex.ValueType(int(stated["sex"])),
            address=stated["address"],
        ),
        romanised_name=stated["romanised_name"],
    )


def openjpki(
    *arguments: str, home: Path | None = None, cwd: Path | None = None, output: str = "json"
) -> subprocess.CompletedProcess[str]:
    """Runs the command line as a user's shell would."""
    ran = run(["--output", output, *arguments], cwd=cwd, variables=_home(home))
    done = subprocess.CompletedProcess(
        ran.args, ran.returncode, ran.stdout.decode(), ran.stderr.decode()
    )
    if output == "json" and done.returncode in {ExitCode.OK, ExitCode.NOT_VALID} and done.stdout:
        require_documented(arguments, done.stdout)
    return done


def _home(home: Path | None) -> dict[str, str]:
    return {} if home is None else {"OPENJPKI_HOME": str(home)}


def begun(
    *arguments: str, cwd: Path | None = None, output: str = "json"
) -> subprocess.Popen[bytes]:
    """The command line while it runs, for a test that presses Ctrl-C."""
    return subprocess.Popen(
        # Where the tests run in the background, Ctrl-C is ignored, and children inherit that.
        ["env", "--default-signal=INT", sys.executable, "-m", "openjpki.cli", *arguments,
         "--output", output],
        env={**os.environ, **SHELL},
        cwd=cwd,
        # What a test has not read yet, `communicate` finds.
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip


def interrupted(process: subprocess.Popen[bytes]) -> tuple[bytes, str]:
    """What a command has printed on stdout and stderr by the time that Ctrl-C has ended it."""
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED, stderr
    return stdout, stderr.decode()


def answer(done: subprocess.CompletedProcess[str], status: int = 0) -> Any:
    """The JSON on stdout of a command that succeeded, or found what ends it with ``status``."""
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def refusal(done: subprocess.CompletedProcess[str]) -> Any:
    """The JSON on stderr of a command that was refused; nothing is on stdout."""
    assert done.returncode != 0
    assert done.stdout == ""
    return require_refusal(done.stderr)


@contextmanager
def running_installation(folder: Path) -> Iterator[RunningInstallation]:
    """Prepared and started, with the usual verifier registered."""
    prepared = Installation.beside(folder / "home", KeyKind.SOFTWARE)
    prepared.prepare(lambda _text: None)
    with prepared.processes() as processes:
        processes.start_all()
        prepared.write_endpoints()
        prepared.enrol_usual_officers()
        prepared.register_usual_verifier()
        yield RunningInstallation(prepared, processes, folder)
