"""The rendered Deployments as processes on this machine: what a pod is given, each of them is.

Settings, Secrets and ConfigMaps come from the manifests as the kubelet gives them; the folder
below which a pod finds them, addresses and the device are this machine's. `kubectl` here is a
program that knows the few things that docs/operations.md has operators type while an installation
is made.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from openjpki_devkit.embedded.layout import Ports
from openjpki_devkit.embedded.softhsm import SoftHsm, find_module
from tests.deploy.manifests import SERVICES, of_kind, pod_spec, service_container, settings
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

_KUBECTL = """\
#!{python}
import json, os, pathlib, shutil, sys

here = pathlib.Path({folder!r})
assert sys.argv[1:3] == ["-n", "openjpki"], sys.argv
match [word for word in sys.argv[3:] if word != "-i"]:
    case ["create", "secret", "generic", name, *files] | ["create", "configmap", name, *files]:
        (here / "given" / name).mkdir(parents=True)
        for word in files:
            assert word.startswith("--from-file="), word
            key, _, file = word.removeprefix("--from-file=").rpartition("=")
            shutil.copy(file, here / "given" / name / (key or pathlib.Path(file).name))
    case ["exec", deployment, "--", *command]:
        pod = json.loads((here / f"{{deployment.removeprefix('deploy/')}}.json").read_text())
        os.chdir(pod["root"])
        words = [word.replace("/tmp/", pod["tmp"] + "/") for word in command]
        os.execvpe(words[0], words, pod["environment"])
    case words:
        sys.exit(f"not known here: {{words}}")
"""


@dataclass
class Cluster:
    """Pods that are started one by one, in the order of the papers."""

    folder: Path
    device: SoftHsm
    ports: Mapping[str, Ports] = field(
        default_factory=lambda: {name: Ports.free() for name in SERVICES}
    )
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def programs(self) -> Path:
        """Folder of the `kubectl`."""
        return self.folder / "bin"

    def install_kubectl(self) -> None:
        self.programs.mkdir()
        program = self.programs / "kubectl"
        program.write_text(_KUBECTL.format(python=sys.executable, folder=str(self.folder)), "utf-8")
        program.chmod(0o755)

    def give(self, name: str, files: Mapping[str, Path]) -> None:
        """A Secret that cert-manager makes."""
        for key, file in files.items():
            (self.folder / "given" / name).mkdir(parents=True, exist_ok=True)
            shutil.copy(file, self.folder / "given" / name / key)

    def rest(self, service: str) -> None:
        """A pod that has everything and serves nothing: commands can be run in it."""
        self._mount(service, missing_ok=True)
        environment = self._environment(service)
        root, tmp = self.folder / service / "root", self.folder / service / "tmp"
        for folder in (root, tmp):
            folder.mkdir(parents=True, exist_ok=True)
        record = {"root": str(root), "tmp": str(tmp), "environment": environment}
        (self.folder / f"{service}.json").write_text(json.dumps(record), "utf-8")

    def start(self, service: str) -> None:
        """A pod whose every mount is there, as the kubelet demands."""
        self._mount(service, missing_ok=False)
        self.rest(service)
        program = Path(sys.executable).parent / "openjpki"
        with (self.folder / f"{service}.log").open("wb") as log:
            self.running[service] = subprocess.Popen(
                [str(program), *service_container(of_kind("Deployment")[service])["args"]],
                cwd=self.folder / service / "root",
                env=self._environment(service),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def probe(self, service: str, name: str = "readinessProbe") -> bool:
        """What the kubelet hears on one of the three probes."""
        asked = service_container(of_kind("Deployment")[service])[name]["grpc"].get("service", "")
        with grpc.insecure_channel(f"127.0.0.1:{self.ports[service].health}") as channel:
            request = health_pb2.HealthCheckRequest(service=asked)
            try:
                answer = health_pb2_grpc.HealthStub(channel).Check(request, timeout=30)
            except grpc.RpcError:
                return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    def wait_for(self, service: str, probe: str = "readinessProbe") -> None:
        """Until the kubelet hears that it is so."""

        def so() -> bool:
            assert self.running[service].poll() is None, self.log(service)
            return self.probe(service, probe)

        wait_until(so)

    def log(self, service: str) -> str:
        return (self.folder / f"{service}.log").read_text("utf-8")

    def written_to_images(self) -> list[Path]:
        """What a pod's read-only root would have refused."""
        return [path for name in SERVICES for path in (self.folder / name / "root").rglob("*")]

    def replace(self, service: str) -> None:
        """Another pod of the same Deployment, in place of the one there is."""
        process = self.running[service]
        process.terminate()
        process.wait(60)
        self.start(service)

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(60)

    def _mount(self, service: str, *, missing_ok: bool) -> None:
        deployment = of_kind("Deployment")[service]
        volumes = {volume["name"]: volume for volume in pod_spec(deployment)["volumes"]}
        for mount in service_container(deployment)["volumeMounts"]:
            if not mount["mountPath"].startswith("/run/openjpki/"):
                continue
            place = self._here(service, mount["mountPath"])
            Path(place).mkdir(parents=True, exist_ok=True)
            volume = volumes[mount["name"]]
            if "persistentVolumeClaim" in volume:
                # As kubelets leave it by fsGroup, whoever owns it.
                Path(place).chmod(0o2775)
            secret, config = volume.get("secret"), volume.get("configMap")
            name = secret["secretName"] if secret else config["name"] if config else None
            if name is None:
                continue
            given = self.folder / "given" / name
            assert given.is_dir() or missing_ok, f"{service} waits for {name}"
            keys = {item["key"]: item["path"] for item in (secret or config).get("items", [])}
            for file in given.iterdir() if given.is_dir() else ():
                if not keys or file.name in keys:
                    copied = Path(place) / keys.get(file.name, file.name)
                    copied.unlink(missing_ok=True)
                    shutil.copy(file, copied)
                    copied.chmod((secret or config).get("defaultMode", 0o644))

    def _here(self, service: str, value: str) -> str:
        return value.replace("/run/openjpki", str(self.folder / service / "run"))

    def _environment(self, service: str) -> dict[str, str]:
        ports = self.ports[service]
        addresses = {
            "SERVICE__LISTEN": ports.rpc,
            "SERVICE__HEALTH_LISTEN": ports.health,
            "SERVICE__METRICS_LISTEN": ports.metrics,
            "OCSP__HTTP_LISTEN": ports.http,
            f"{service.upper()}__CA": self.ports["ca"].rpc,
        }
        pod: dict[str, Any] = {"metadata.name": f"{service}-1"}
        # What a site puts in the place of values for documentation.
        own = {
            "BRIDGE__POLICY_OID": "1.2.3.4.2",
            "BRIDGE__ORGANIZATION": "Prefectures",
            "BRIDGE__ORGANIZATION_JAPANESE": "都道府県",
        }
        given = {}
        for name, entry in settings(of_kind("Deployment")[service]).items():
            plain = name.removeprefix("OPENJPKI_")
            if plain in addresses:
                given[name] = f"127.0.0.1:{addresses[plain]}"
            elif plain == "KEYS__MODULE_PATH":
                given[name] = str(find_module())
            elif plain in own:
                given[name] = own[plain]
            elif "valueFrom" in entry:
                given[name] = pod.get(entry["valueFrom"]["fieldRef"]["fieldPath"], "127.0.0.1")
            else:
                given[name] = self._here(service, entry["value"])
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**given, **self.device.environment, "PATH": path, "LANG": "C.UTF-8"}
