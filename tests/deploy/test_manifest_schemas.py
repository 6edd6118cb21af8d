"""kustomize renders every folder, and what it renders is what the API servers' schemas accept."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import kubernetes_validate
import pytest
import yaml

from tests.deploy.manifests import (
    BASE,
    DEPLOY,
    NAMESPACE,
    PRODUCTION,
    SERVICES,
    rendered,
    rendered_text,
    tool,
)

if TYPE_CHECKING:
    from pathlib import Path

KUBERNETES = "1.34"  # the oldest release that docs/operations.md promises
CUSTOM = ("cert-manager.io/", "monitoring.coreos.com/")
PEOPLE = DEPLOY / "k8s" / "samples" / "people"
OCCASIONAL = {PEOPLE, *(DEPLOY / "k8s" / "components" / name for name in ("ipv6", "resting"))}
"""In no overlay of ours for good: test_people.py, test_both_families.py and test_resting.py render
them."""


def _judge_custom(manifests: str) -> subprocess.CompletedProcess[str]:
    """The projects' own types, decoded strictly."""
    return subprocess.run(
        [tool("customresources")], input=manifests, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "folder",
    [BASE, PRODUCTION, *(BASE / name for name in SERVICES)],
    ids=lambda path: path.name,
)
def test_every_object_fits_its_schema(folder: Path) -> None:
    manifests = rendered(folder)
    assert manifests
    for manifest in manifests:
        if not manifest["apiVersion"].startswith(CUSTOM):
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


@pytest.mark.parametrize("folder", [PRODUCTION, PEOPLE], ids=lambda path: path.name)
def test_every_custom_resource_fits_its_type(folder: Path) -> None:
    count = sum(m["apiVersion"].startswith(CUSTOM) for m in rendered(folder))
    verdict = _judge_custom(rendered_text(folder))
    assert (verdict.returncode, verdict.stdout) == (0, "")
    assert verdict.stderr.strip() == f"{count} custom resources judged"


def test_a_misspelt_field_is_refused() -> None:
    deployment = next(m for m in rendered(PRODUCTION) if m["kind"] == "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, KUBERNETES, strict=True)


@pytest.mark.parametrize("field", ["algorithm: ECDSA", "interval: 15s", "expr: ", "uris:"])
def test_a_misspelt_field_of_a_custom_resource_is_refused(field: str) -> None:
    text = rendered_text(PRODUCTION)
    assert field in text
    verdict = _judge_custom(text.replace(field, f"x{field}", 1))
    assert verdict.returncode == 1
    assert "unknown field" in verdict.stdout


def test_everything_but_the_namespace_lives_in_it() -> None:
    for manifest in rendered(PRODUCTION):
        if manifest["kind"] != "Namespace":
            assert manifest["metadata"]["namespace"] == NAMESPACE, manifest["metadata"]


def test_every_folder_of_manifests_is_used_by_the_production_overlay() -> None:
    """A component nobody renders would be a component nobody checks."""
    used = set()
    queue = [PRODUCTION]
    while queue:
        folder = queue.pop().resolve()
        if folder in used:
            continue
        used.add(folder)
        config: dict[str, Any] = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))
        entries = [*config.get("resources", []), *config.get("components", [])]
        queue.extend(folder / entry for entry in entries if (folder / entry).is_dir())
    folders = {path.parent for path in (DEPLOY / "k8s").rglob("kustomization.yaml")}
    assert used == folders - OCCASIONAL
