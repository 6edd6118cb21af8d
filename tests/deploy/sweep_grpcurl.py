"""grpcurl, by the commands of docs/operations.md as typed there: `make deploy-grpcurl`."""

from __future__ import annotations

import json
import os
import re
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openjpki.api.ocsp.v1 import ocsp_pb2_grpc
from openjpki.rpc.server.server import build_server
from tests.deploy.certificates import as_cert_manager, mesh_of_the_manifests
from tests.deploy.manifests import DEPLOY, ROOT, of_kind, tool
from tests.deploy.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.rpc.server.server import RpcServer

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
_COMMAND = re.compile(r"^grpcurl (?:.*\\\n)*.*$", re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("grpcurl")


@pytest.fixture(scope="module")
def credentials(folder: Path) -> Path:
    """A verifier's, beside which ``ocsp`` serves."""
    return folder / "verifier-tax-office-tls"


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RpcServer]:
    """ocsp's contracts under the name and the certificate of the manifests."""
    mesh = mesh_of_the_manifests(folder)
    people = of_kind("Certificate", DEPLOY / "k8s" / "samples" / "people")
    as_cert_manager(mesh, people["verifier-tax-office"])
    server = build_server(
        listen="127.0.0.1:0",
        health_listen="127.0.0.1:0",
        tls=as_cert_manager(mesh, of_kind("Certificate")["ocsp"]),
        trust_domain=mesh.trust_domain,
        clock=mesh.clock,
        services=[partial(ocsp_pb2_grpc.add_StatusServiceServicer_to_server, Status())],
    )
    server.start()
    yield server
    server.stop()


def test_the_documents_commands_do_what_they_say(server: RpcServer, credentials: Path) -> None:
    commands = _COMMAND.findall(PAGE)
    assert len(commands) == 3
    ports = {":8443": f":{server.port}", ":8081": f":{server.health_port}"}
    here = [re.sub(r":8443|:8081", lambda found: ports[found[0]], one) for one in commands]
    services, contract, health = (_run(command, credentials) for command in here)
    assert "openjpki.api.ocsp.v1.StatusService" in services.splitlines()
    assert "rpc Check ( .openjpki.api.ocsp.v1.CheckRequest )" in contract
    assert json.loads(health)["status"] == "SERVING"


def _run(command: str, folder: Path) -> str:
    programs = f"{Path(tool('grpcurl')).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", command],
        cwd=folder,
        env={**os.environ, "PATH": programs},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
