"""Every setting the manifests give is one that the service takes."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from openjpki.config.bridge import BridgeSettings
from openjpki.config.ca import CaSettings
from openjpki.config.loading import InvalidSettingsError, load_settings
from openjpki.config.ocsp import OcspSettings
from openjpki.config.registration import RegistrationSettings
from tests.deploy.manifests import BASE, PRODUCTION, SERVICES, of_kind, settings

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.config.base import ServiceSettings

KINDS: dict[str, type[ServiceSettings]] = {
    "registration": RegistrationSettings,
    "ca": CaSettings,
    "ocsp": OcspSettings,
    "bridge": BridgeSettings,
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in os.environ:
        if name.startswith("OPENJPKI_"):
            monkeypatch.delenv(name)
    return monkeypatch


_OF_THE_POD = {"metadata.name": "ca-6d4cf56db6-x7k2p", "status.podIP": "192.0.2.7"}


def given(name: str, folder: Path = PRODUCTION) -> dict[str, str]:
    """As the kubelet gives them to a pod."""
    found: dict[str, str] = {}
    for key, entry in settings(of_kind("Deployment", folder)[name]).items():
        value = entry.get("value") or _OF_THE_POD[entry["valueFrom"]["fieldRef"]["fieldPath"]]
        for other, known in found.items():
            value = value.replace(f"$({other})", known)
        found[key] = value
    return {key: value for key, value in found.items() if key.startswith("OPENJPKI_")}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_takes_its_settings(name: str, environment: pytest.MonkeyPatch) -> None:
    told = given(name)
    for key, value in told.items():
        environment.setenv(key, value)
    loaded = load_settings(KINDS[name])
    # What is another service's setting is passed over in silence, so look that each arrived.
    for key, value in told.items():
        found: object = loaded
        for part in key.removeprefix("OPENJPKI_").lower().split("__"):
            found = getattr(found, part)
        as_given = json.dumps(found) if isinstance(found, bool) else str(found)
        if isinstance(found, float):
            as_given = f"{found:g}"
        assert as_given == value, key


@pytest.mark.parametrize("name", SERVICES)
def test_the_base_alone_does_not_start(name: str, environment: pytest.MonkeyPatch) -> None:
    """Without credentials and a database no service begins: the components bring both."""
    for key, value in given(name, BASE).items():
        environment.setenv(key, value)
    with pytest.raises(InvalidSettingsError) as caught:
        load_settings(KINDS[name])
    missing = {setting for setting, _ in caught.value.problems}
    assert {"tls", "database"} <= missing
