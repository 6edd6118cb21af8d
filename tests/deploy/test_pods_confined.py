"""Pods are confined as the `restricted` profile asks, and a little further."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.deploy.manifests import (
    BASE,
    PRODUCTION,
    SERVICES,
    containers,
    of_kind,
    pod_spec,
    rendered_text,
    tool,
)

if TYPE_CHECKING:
    from pathlib import Path


def _judge(manifests: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [tool("podsecurity")], input=manifests, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("folder", [BASE, PRODUCTION], ids=lambda path: path.name)
def test_the_api_servers_own_judge_finds_nothing(folder: Path) -> None:
    verdict = _judge(rendered_text(folder))
    assert (verdict.returncode, verdict.stdout) == (0, "")
    assert verdict.stderr.strip() == f"{len(SERVICES)} pod templates judged"


@pytest.mark.parametrize(
    ("path", "value", "finding"),
    [
        ("hostNetwork", True, "host namespaces"),
        ("securityContext", {}, "runAsNonRoot"),
        ("volumes", [{"name": "tmp", "hostPath": {"path": "/"}}], "hostPath"),
    ],
)
def test_the_judge_refuses_a_pod_let_loose(path: str, value: object, finding: str) -> None:
    deployment = of_kind("Deployment")["ca"]
    pod_spec(deployment)[path] = value
    verdict = _judge(yaml.safe_dump(deployment))
    assert verdict.returncode == 1
    assert finding in verdict.stdout


def test_the_namespace_enforces_the_profile() -> None:
    (namespace,) = of_kind("Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_no_pod_holds_a_token_of_the_api_server() -> None:
    accounts = of_kind("ServiceAccount")
    for name, deployment in of_kind("Deployment").items():
        spec = pod_spec(deployment)
        assert spec["automountServiceAccountToken"] is False
        assert spec["serviceAccountName"] == name
        assert accounts[name]["automountServiceAccountToken"] is False
        assert not any("projected" in volume for volume in spec["volumes"])


def test_no_container_can_write_its_image_or_take_the_machines_memory() -> None:
    for name, container in containers():
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True, name
        assert context["capabilities"] == {"drop": ["ALL"]}, name
        resources = container["resources"]
        assert resources["limits"]["memory"] == resources["requests"]["memory"], name
        assert "cpu" in resources["requests"], name
        assert "cpu" not in resources["limits"], name


def test_what_a_pod_takes_of_a_nodes_disk_is_asked_for_and_bounded() -> None:
    """Its log and what volumes it has there: a node whose disk fills up evicts others first."""
    for deployment in of_kind("Deployment").values():
        spec = pod_spec(deployment)
        on_disk = sum(
            _octets(volume["emptyDir"]["sizeLimit"])
            for volume in spec["volumes"]
            if volume.get("emptyDir", {"medium": "Memory"}).get("medium") != "Memory"
        )
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            resources = container["resources"]
            asked, most = (
                _octets(resources[which]["ephemeral-storage"]) for which in ("requests", "limits")
            )
            # Kubelets keep five files of ten megabytes of a log unless told otherwise.
            assert 50_000_000 < asked < most
            assert on_disk < most


def _octets(quantity: str) -> int:
    unit = {"Mi": 2**20, "Gi": 2**30}[quantity[-2:]]
    return int(quantity[:-2]) * unit


def test_scratch_space_is_bounded_and_temporary_files_stay_in_memory() -> None:
    for deployment in of_kind("Deployment").values():
        volumes = {volume["name"]: volume for volume in pod_spec(deployment)["volumes"]}
        assert volumes["tmp"]["emptyDir"]["medium"] == "Memory"
        for volume in volumes.values():
            if "emptyDir" in volume:
                assert "sizeLimit" in volume["emptyDir"], volume


def test_every_mount_has_its_volume() -> None:
    for deployment in of_kind("Deployment").values():
        spec = pod_spec(deployment)
        volumes = {volume["name"] for volume in spec["volumes"]}
        mounted = {
            mount["name"]
            for container in [*spec.get("initContainers", []), *spec["containers"]]
            for mount in container["volumeMounts"]
        }
        assert mounted == volumes
