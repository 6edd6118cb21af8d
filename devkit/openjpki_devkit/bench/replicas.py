"""Replicas of ocsp as processes of their own, which follow a row's ca."""

from __future__ import annotations

import shutil
import tomllib
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

import tomli_w

from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade
from openjpki_devkit.bench.issue_requests import AUTHORITY
from openjpki_devkit.embedded.layout import Layout, Ports
from openjpki_devkit.embedded.processes import START_SECONDS, Processes
from openjpki_devkit.embedded.usual_verifier import register_usual_verifier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki_devkit.bench.running_ca import RunningCa

_OCSP = PeerRole.OCSP


@contextmanager
def replicas(
    ca: RunningCa, count: int, follow: Ports | None = None, *, within: float = START_SECONDS
) -> Iterator[list[Ports]]:
    """So many, that answer about an authority when this begins, each with a database of its own in
    which the usual verifier is registered. ``follow``: another instance of that ca, instead of the
    one itself. ``within``: seconds until each has to answer. Their responder's key is one: what is
    measured does not ask whose answer it is."""
    layout = ca.installation.layout
    with ExitStack() as running:
        started = [
            _started(
                running,
                layout,
                layout.root.with_name(f"{layout.root.name}-ocsp-{number}"),
                follow,
            )
            for number in range(count)
        ]
        for processes, ports in started:
            processes.wait_serving(_OCSP, within)
            register_usual_verifier(layout, {_OCSP: ports}, [AUTHORITY])
        yield [ports for _, ports in started]


def _started(
    running: ExitStack, layout: Layout, own: Path, follow: Ports | None
) -> tuple[Processes, Ports]:
    home, ports = Layout(own), Ports.free()
    home.service(_OCSP).mkdir(mode=0o700, parents=True)
    running.callback(shutil.rmtree, own)
    database = f"sqlite:///{home.service(_OCSP) / 'database.sqlite'}"
    with closing(Database(database)) as made:
        upgrade(made, _OCSP.value)
    tables = tomllib.loads(layout.settings(_OCSP).read_text("utf-8"))
    tables["database"]["url"] = database
    if follow is not None:
        tables["ocsp"]["ca"] = f"127.0.0.1:{follow.rpc}"
    for table, name, port in (
        ("service", "listen", ports.rpc),
        ("service", "health_listen", ports.health),
        ("service", "metrics_listen", ports.metrics),
        ("ocsp", "http_listen", ports.http),
        ("ocsp", "https_listen", ports.https),
    ):
        tables[table][name] = f"127.0.0.1:{port}"
    home.settings(_OCSP).write_text(tomli_w.dumps(tables), encoding="utf-8")
    processes = running.enter_context(Processes(home, {_OCSP: ports}, {}))
    processes.start(_OCSP)
    return processes, ports
