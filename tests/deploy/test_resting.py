"""The component for acts on a database that was brought back: settings and keys, nothing served."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import yaml

from tests.deploy.manifests import DEPLOY, PRODUCTION, of_kind, service_container, settings

if TYPE_CHECKING:
    from pathlib import Path


def test_a_resting_pod_has_everything_but_the_service(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "kustomization.yaml").write_text(
        yaml.safe_dump(
            {
                "apiVersion": "kustomize.config.k8s.io/v1beta1",
                "kind": "Kustomization",
                "resources": [os.path.relpath(PRODUCTION, overlay.resolve())],
                "components": [
                    os.path.relpath(DEPLOY / "k8s/components/resting", overlay.resolve())
                ],
            }
        )
    )
    before, after = of_kind("Deployment"), of_kind("Deployment", overlay)
    container = service_container(after["ca"])
    assert "args" not in container
    assert container["command"][0] == "python"
    assert not {"startupProbe", "livenessProbe", "readinessProbe"} & container.keys()
    assert after["ca"]["spec"]["replicas"] == 1
    assert settings(after["ca"]) == settings(before["ca"])
    assert container["volumeMounts"] == service_container(before["ca"])["volumeMounts"]
    for other in before.keys() - {"ca"}:
        assert after[other] == before[other]
