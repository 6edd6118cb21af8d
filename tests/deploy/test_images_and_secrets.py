"""One place names the images, and no manifest holds a secret."""

from __future__ import annotations

import re
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.deploy.manifests import (
    BASE,
    DEPLOY,
    PRODUCTION,
    ROOT,
    SERVICES,
    containers,
    of_kind,
    pod_spec,
    rendered,
    service_container,
    settings,
    tool,
)

if TYPE_CHECKING:
    from pathlib import Path

SECRET_NAME = re.compile(r"PIN|PASS|SECRET|CREDENTIAL|URL|KEY_FILE|PRIVATE")
SECRET_TEXT = re.compile(
    r"PRIVATE KEY-----|://[^/\s:@]+:[^@\s]+@|(?i:password|passphrase)\s*[:=]\s*\S"
)


def test_the_base_names_images_only_by_parameter() -> None:
    assert {container["image"] for _, container in containers(BASE)} == {"openjpki"}


def test_the_overlay_pins_every_image_by_its_digest() -> None:
    overlay = yaml.safe_load((PRODUCTION / "kustomization.yaml").read_text("utf-8"))
    pinned = {f"{i['newName']}:{i['newTag']}@{i['digest']}" for i in overlay["images"]}
    assert {container["image"] for _, container in containers()} == pinned
    for image in pinned:
        assert re.search(r"@sha256:[0-9a-f]{64}$", image)
        assert ":latest@" not in image


def test_our_own_image_is_this_release() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    ours = {c["image"] for _, c in containers() if c["name"] == "openjpki"}
    assert {image.partition("@")[0].rpartition(":")[2] for image in ours} == {project["version"]}


def test_a_site_sets_its_digest(tmp_path: Path) -> None:
    """What docs/operations.md tells a site to do, done to an overlay of its own."""
    digest = f"sha256:{'5' * 64}"
    overlay = DEPLOY / "k8s" / "overlays" / "production"
    site = tmp_path / "deploy"
    subprocess.run(["cp", "-R", str(overlay.parents[1]), str(site)], check=True)
    folder = site / "overlays" / "production"
    image = f"openjpki=registry.example/openjpki:0.1.0@{digest}"
    subprocess.run(
        [tool("kustomize"), "edit", "set", "image", image],
        check=True,
        cwd=folder,
        capture_output=True,
    )
    ours = {c["image"] for _, c in containers(folder) if c["name"] == "openjpki"}
    assert ours == {f"registry.example/openjpki:0.1.0@{digest}"}


@pytest.mark.parametrize("folder", [BASE, PRODUCTION], ids=lambda path: path.name)
def test_no_secret_is_rendered(folder: Path) -> None:
    assert not [m["metadata"]["name"] for m in rendered(folder) if m["kind"] == "Secret"]


def test_no_file_of_the_deployment_holds_a_secret() -> None:
    files = [path for path in DEPLOY.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert not SECRET_TEXT.search(path.read_text("utf-8")), path


def test_secret_settings_are_files_out_of_secrets() -> None:
    """Never environment variables, which show in process lists and crash dumps."""
    seen = set()
    for name, deployment in of_kind("Deployment").items():
        volumes = {volume["name"]: volume for volume in pod_spec(deployment)["volumes"]}
        mounts = {m["mountPath"]: m["name"] for m in service_container(deployment)["volumeMounts"]}
        for setting, entry in settings(deployment).items():
            # A pod's own name and address apart.
            assert set(entry.get("valueFrom", {"fieldRef": {}})) == {"fieldRef"}, setting
            if SECRET_NAME.search(setting):
                seen.add((name, setting.removeprefix("OPENJPKI_")))
                folder, _, file = entry["value"].rpartition("/")
                secret = volumes[mounts[folder]]["secret"]
                assert secret["defaultMode"] == 0o440, setting
                assert file in {item["path"] for item in secret.get("items", [{"path": file}])}
    files = {
        (name, part) for name in SERVICES for part in ("TLS__PRIVATE_KEY", "DATABASE__URL_FILE")
    }
    files |= {("ca", "KEYS__PIN_FILE"), ("bridge", "KEYS__PIN_FILE")}
    files |= {
        ("ocsp", "KEYS__PASSPHRASE_FILE"),
        ("registration", "REGISTRATION__RESIDENT_REGISTER__URL_FILE"),
    }
    files |= {("registration", "REGISTRATION__PERSON_KEY_FILE")}
    assert seen == files


def test_no_two_services_share_a_secret_but_the_database_authority() -> None:
    owners: dict[str, set[str]] = {}
    for name, deployment in of_kind("Deployment").items():
        for volume in pod_spec(deployment)["volumes"]:
            if "secret" in volume:
                owners.setdefault(volume["secret"]["secretName"], set()).add(name)
    shared = {secret for secret, names in owners.items() if len(names) > 1}
    # Only ca.crt is mounted of it, which is public.
    assert shared == {"postgres-authority"}
