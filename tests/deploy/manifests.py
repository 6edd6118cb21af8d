"""The deployment as kustomize renders it, and the programs that judge it."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
BASE = DEPLOY / "k8s" / "base"
PRODUCTION = DEPLOY / "k8s" / "overlays" / "production"
MONITORING = DEPLOY / "k8s" / "components" / "monitoring"
SERVICES = ("registration", "ca", "ocsp", "bridge")
NAMESPACE = "openjpki"

Manifest = dict[str, Any]


def tool(name: str) -> str:
    """Path of a judging program: build/tools, the environment, PATH; or how to get it."""
    ours = (ROOT / "build" / "tools" / "bin", Path(sys.executable).parent)
    found = shutil.which(name, path=os.pathsep.join(map(str, ours))) or shutil.which(name)
    assert found is not None, f"{name} is missing: run scripts/deploy-tools.sh"
    return found


@functools.cache
def rendered_text(kustomization: Path) -> str:
    """The YAML that `kustomize build` makes of a folder."""
    return subprocess.run(
        [tool("kustomize"), "build", str(kustomization)], check=True, capture_output=True, text=True
    ).stdout


def rendered(kustomization: Path) -> list[Manifest]:
    """Read anew each time, as tests change what they are given; in C, which takes a tenth of it."""
    return list(yaml.load_all(rendered_text(kustomization), yaml.CSafeLoader))


def of_kind(kind: str, kustomization: Path = PRODUCTION) -> dict[str, Manifest]:
    """Name -> manifest of one kind; never empty, so that no loop over it passes for nothing."""
    found = {m["metadata"]["name"]: m for m in rendered(kustomization) if m["kind"] == kind}
    assert found, f"no {kind} in {kustomization}"
    return found


def pod_spec(deployment: Manifest) -> dict[str, Any]:
    spec: dict[str, Any] = deployment["spec"]["template"]["spec"]
    return spec


def pod_labels(deployment: Manifest) -> dict[str, str]:
    labels: dict[str, str] = deployment["spec"]["template"]["metadata"]["labels"]
    return labels


def service_container(deployment: Manifest) -> dict[str, Any]:
    (container,) = pod_spec(deployment)["containers"]
    assert container["name"] == "openjpki"
    result: dict[str, Any] = container
    return result


def containers(kustomization: Path = PRODUCTION) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every container of every Deployment, the initial ones too, as (deployment, container)."""
    for name, deployment in of_kind("Deployment", kustomization).items():
        spec = pod_spec(deployment)
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            yield name, container


def settings(deployment: Manifest) -> dict[str, dict[str, Any]]:
    """Environment variable -> its entry (`value` or `valueFrom`)."""
    return {entry["name"]: entry for entry in service_container(deployment)["env"]}


def alert_groups() -> list[dict[str, Any]]:
    """The groups of the one rule file, read from the source, not from a rendering."""
    rules = yaml.safe_load((MONITORING / "rules.yaml").read_text("utf-8"))
    groups: list[dict[str, Any]] = rules["spec"]["groups"]
    return groups


def alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for group in alert_groups() for rule in group["rules"]}
