"""Processes of ca over one PostgreSQL database, for rows that measure or kill them."""

from __future__ import annotations

import shutil
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2_grpc
from openjpki.config.clock import SystemClock
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel.database import Database
from openjpki_devkit.bench import postgres
from openjpki_devkit.bench.issue_requests import AUTHORITY, MUNICIPALITY
from openjpki_devkit.bench.officers import officers_of
from openjpki_devkit.embedded.authorities import prepare_authorities
from openjpki_devkit.embedded.installation import Installation
from openjpki_devkit.embedded.layout import TRUST_DOMAIN, KeyKind, Layout, Ports
from openjpki_devkit.embedded.peers import write_credentials
from openjpki_devkit.embedded.processes import Processes
from openjpki_devkit.embedded.receipt_key import prepare_receipt_key
from openjpki_devkit.embedded.settings_files import write_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

CA = PeerRole.CA
# Durable, as in production: what is measured includes the writes that a crash must not lose.
_SETTINGS = ("listen_addresses=''", "shared_buffers=64MB", "max_connections=100")


class CaProcesses:
    """One authority, its database, and processes that are started and killed."""

    def __init__(self, folder: Path, program: str = "openjpki.cli.main") -> None:
        """``folder``: with what :func:`prepared` wrote. ``program``: the module to run."""
        self._folder = folder
        self._program = program
        self._running: list[tuple[Processes, Ports]] = []
        self._started = 0

    def start(self) -> Ports:
        """One more, once it answers; where."""
        self._started += 1
        ports = Ports.free()
        home = Layout(self._folder.with_name(f"{self._folder.name}-{self._started}"))
        shutil.copytree(self._folder, home.root)
        settings = home.settings(CA)
        lines = settings.read_text("utf-8").splitlines()
        settings.write_text("\n".join(_on(ports, line) for line in lines), encoding="utf-8")
        processes = Processes(home, {CA: ports}, {}, self._program)
        processes.start(CA)
        self._running.append((processes, ports))
        processes.wait_serving(CA)
        return ports

    def kill_first(self) -> None:
        """kill -9 of the one that has run for longest."""
        processes, _ = self._running.pop(0)
        processes.kill(CA)

    def stop(self) -> None:
        """End them all."""
        for processes, _ in self._running:
            processes.stop_all()

    @contextmanager
    def stub(self) -> Iterator[ca_pb2_grpc.CertificateServiceStub]:
        """As registration calls them, whichever answers first."""
        with open_channel(
            "ipv4:" + ",".join(f"127.0.0.1:{ports.rpc}" for _, ports in self._running),
            Layout(self._folder).credentials(PeerRole.REGISTRATION),
            expect_role=CA,
            trust_domain=TRUST_DOMAIN,
        ) as channel:
            yield ca_pb2_grpc.CertificateServiceStub(channel)


@contextmanager
def ca_processes(folder: Path, programs: Sequence[str]) -> Iterator[list[CaProcesses]]:
    """For each program a database of its own, on a server of its own; nothing runs yet."""
    with postgres.running(_SETTINGS) as server:
        made = _prepared(folder / "ca-0", programs[0], server)
        try:
            if programs[1:]:
                with ca_processes(folder / "others", programs[1:]) as others:
                    yield [made, *others]
            else:
                yield [made]
        finally:
            made.stop()


def _prepared(folder: Path, program: str, server: postgres.Server) -> CaProcesses:
    installation = Installation.beside(folder, KeyKind.SOFTWARE)
    layout = installation.layout
    write_credentials(layout, SystemClock(), [])
    write_settings(layout, installation.ports, None)
    settings = layout.settings(CA)
    lines = settings.read_text("utf-8").splitlines()
    url = [f'url = "{server.url()}"' if each.startswith("url =") else each for each in lines]
    settings.write_text("\n".join(url), encoding="utf-8")
    prepare_receipt_key(layout)
    prepare_authorities(layout, [AUTHORITY])
    with closing(Database(server.url())) as database:
        officers_of(MUNICIPALITY).enrol(database)
    return CaProcesses(layout.root, program)


def _on(ports: Ports, line: str) -> str:
    for name, port in (
        ("listen", ports.rpc),
        ("health_listen", ports.health),
        ("metrics_listen", ports.metrics),
    ):
        if line.startswith(f"{name} = "):
            return f'{name} = "127.0.0.1:{port}"'
    return line
