"""The rendered manifests, applied to a real API server as far as a server-side dry run goes.

    python -m scripts.apply_dry_run build/deploy/production.yaml [FILE…]

Starts etcd and kube-apiserver from ``build/tools/bin`` on loopback, with nothing in them, brings in
the definitions of the kinds that cert-manager and the Prometheus operator own and the namespaces
named in the files, and lets kubectl apply every object with ``--dry-run=server``: admission (the
restricted pod security profile among it), defaulting and validation are the server's own. Exits
with kubectl's code; what it says goes to stdout.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from openjpki_devkit.embedded.layout import Ports

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / "build" / "tools"
DEFINITIONS = (TOOLS / "crds", ROOT / "scripts" / "deploy-tools" / "apiserver" / "crds")
PATIENCE = 120.0
"""Seconds that a server may take to start."""


def main(files: list[str]) -> int:
    """Judges each file; 0 when the server would take every object of all."""
    with tempfile.TemporaryDirectory() as folder, api_server(Path(folder)) as kubectl:
        for definitions in DEFINITIONS:
            _run(kubectl, "apply", "--server-side", "-f", str(definitions))
        _run(kubectl, "wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        for name in sorted(_namespaces(files)):
            _run(kubectl, "create", "namespace", name)
        asked = [argument for file in files for argument in ("-f", file)]
        applied = subprocess.run(  # noqa: S603
            [*kubectl, "apply", "--server-side", "--dry-run=server", *asked], check=False
        )
        return applied.returncode


@contextlib.contextmanager
def api_server(folder: Path) -> Iterator[list[str]]:
    """A running API server, and the kubectl command that is its administrator's."""
    ports = Ports.free()
    store = f"http://127.0.0.1:{ports.rpc}"
    token = secrets.token_hex(16)
    (folder / "tokens.csv").write_text(f'{token},administrator,1,"system:masters"\n', "utf-8")
    (folder / "kubeconfig").write_text(_kubeconfig(ports.https, token), "utf-8")
    _run(["openssl", "genrsa", "-out", str(folder / "accounts.key"), "2048"])
    etcd = [
        str(TOOLS / "bin" / "etcd"),
        *("--data-dir", str(folder / "etcd")),
        *("--listen-client-urls", store, "--advertise-client-urls", store),
        *("--listen-peer-urls", f"http://127.0.0.1:{ports.health}"),
        *("--unsafe-no-fsync", "--logger", "zap", "--log-level", "error"),
    ]
    server = [
        str(TOOLS / "bin" / "kube-apiserver"),
        *("--etcd-servers", store),
        *("--bind-address", "127.0.0.1", "--secure-port", str(ports.https)),
        *("--cert-dir", str(folder / "certificates")),
        *("--token-auth-file", str(folder / "tokens.csv")),
        *("--authorization-mode", "RBAC", "--service-cluster-ip-range", "10.96.0.0/16"),
        *("--service-account-issuer", "https://kubernetes.default.svc"),
        *("--service-account-key-file", str(folder / "accounts.key")),
        *("--service-account-signing-key-file", str(folder / "accounts.key")),
    ]
    kubectl = [str(TOOLS / "bin" / "kubectl"), "--kubeconfig", str(folder / "kubeconfig")]
    with contextlib.ExitStack() as running:
        for program in (etcd, server):
            log = running.enter_context((folder / f"{Path(program[0]).name}.log").open("wb"))
            process = subprocess.Popen(program, stdout=log, stderr=log)  # noqa: S603
            running.callback(_stop, process)
        _wait(kubectl, folder)
        yield kubectl


def _wait(kubectl: list[str], folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        asked = subprocess.run(  # noqa: S603
            [*kubectl, "get", "--raw", "/readyz"], capture_output=True, check=False
        )
        if asked.returncode == 0:
            return
        time.sleep(0.5)
    sys.exit(
        "the API server did not start:\n" + (folder / "kube-apiserver.log").read_text()[-4000:]
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()


def _run(command: list[str], *more: str) -> None:
    done = subprocess.run([*command, *more], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        sys.exit(f"{Path(command[0]).name} {' '.join(more)}: {done.stderr}")


def _namespaces(files: list[str]) -> set[str]:
    """Those that objects are to lie in; one that the files bring is made by nobody before."""
    objects = [
        each for file in files for each in yaml.safe_load_all(Path(file).read_text("utf-8")) if each
    ]
    return {each["metadata"]["namespace"] for each in objects if "namespace" in each["metadata"]}


def _kubeconfig(port: int, token: str) -> str:
    server = {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "judge",
            "clusters": [{"name": "judge", "cluster": server}],
            "users": [{"name": "administrator", "user": {"token": token}}],
            "contexts": [
                {"name": "judge", "context": {"cluster": "judge", "user": "administrator"}}
            ],
        }
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
