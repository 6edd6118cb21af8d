"""The component for clusters whose pods have IPv6 addresses, alone or beside IPv4."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import yaml

from openjpki.config.address import Address
from tests.deploy.manifests import DEPLOY, PRODUCTION, SERVICES, of_kind, settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("families") / "overlay"
    folder.mkdir()
    component = DEPLOY / "k8s" / "components" / "ipv6"
    (folder / "kustomization.yaml").write_text(
        yaml.safe_dump(
            {
                "apiVersion": "kustomize.config.k8s.io/v1beta1",
                "kind": "Kustomization",
                "resources": [os.path.relpath(PRODUCTION, folder.resolve())],
                "components": [os.path.relpath(component, folder.resolve())],
            }
        )
    )
    return folder


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_listens_on_every_address_of_both_families(overlay: Path, name: str) -> None:
    """What it has beside that, and each port, is as without the component."""
    before, after = (settings(of_kind("Deployment", *there)[name]) for there in ((), (overlay,)))
    assert after.keys() == before.keys()
    listening = {one for one in before if one.endswith("LISTEN")}
    assert len(listening) == (4 if name == "ocsp" else 3)
    for one in before:
        if one not in listening:
            assert after[one] == before[one]
            continue
        old, new = Address(before[one]["value"]), Address(after[one]["value"])
        assert (old.host, new.host) == ("0.0.0.0", "::")  # noqa: S104 - not bound here
        assert old.port == new.port


def test_services_have_an_address_of_each_family_that_there_is(overlay: Path) -> None:
    services = of_kind("Service", overlay)
    assert {services[name]["spec"]["ipFamilyPolicy"] for name in SERVICES} == {"PreferDualStack"}
