"""Every setting that the manifests leave at its default is one that somebody has looked at.

Defaults are there for an installation on one machine too, and what is right there need not be in a
cluster: docs/operations.md says of each why it may stay.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.config.loading import load_settings
from tests.deploy.manifests import PRODUCTION, ROOT, SERVICES, of_kind, settings
from tests.deploy.test_settings_accepted import KINDS, given

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def _section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def _rows() -> Iterator[tuple[str, list[str], Any]]:
    found = re.findall(
        r"^\| `([a-z_.]+)` \| ([a-z, ]+) \| `([^`]+)` \| .+ \|$",
        _section("Settings left at their default"),
        re.MULTILINE,
    )
    for setting, services, value in found:
        of = list(SERVICES) if services == "all" else services.split(", ")
        yield setting, of, json.loads(value)


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{name}.{key}" if name else key)
    else:
        yield name, value


def _left(service: str, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Any]:
    """What the service has that its Deployment does not say."""
    for key, value in given(service).items():
        monkeypatch.setenv(key, value)
    said = {
        key.removeprefix("OPENJPKI_").lower().replace("__", ".")
        for key in settings(of_kind("Deployment", PRODUCTION)[service])
    }
    loaded = load_settings(KINDS[service]).model_dump(mode="json")
    return {name: value for name, value in _leaves(loaded) if name not in said}


@pytest.mark.parametrize("service", SERVICES)
def test_each_default_has_its_reason(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stated = {setting: value for setting, of, value in _rows() if service in of}
    limits = _section("Limits of one instance")
    left = {
        name: value
        for name, value in _left(service, monkeypatch).items()
        if not (name.startswith("service.limits.") and f"`{name.rpartition('.')[2]}`" in limits)
    }
    assert left == stated
