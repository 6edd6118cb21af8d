"""What an agency's program loads with `openjpki.client`: no service, no database, no screen."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HEAVY = ("sqlalchemy", "alembic", "psycopg", "prometheus_client", "rich", "typer")


def _loaded() -> set[str]:
    program = "import json, sys\nimport openjpki.client\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    return set(json.loads(done.stdout))


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    return _loaded()


def test_nothing_of_the_services_is_loaded(loaded: set[str]) -> None:
    assert {"grpc", "cryptography", "openjpki.rpc.client.channel"} <= loaded
    assert not loaded.intersection(HEAVY)
    ours = {".".join(name.split(".")[:2]) for name in loaded if name.startswith("openjpki.")}
    assert ours == {
        "openjpki.api",
        "openjpki.catalogue",
        "openjpki.client",
        "openjpki.closed_file",
        "openjpki.domain",
        "openjpki.errors",
        "openjpki.rpc",
        "openjpki.signer_core",
        "openjpki.telemetry",
        "openjpki.x509",
    }
    assert not {name for name in loaded if name.startswith("openjpki.rpc.server")}


def test_the_base_brings_no_server_and_no_database() -> None:
    brought = _with_what_they_need(PROJECT["dependencies"])
    assert not brought.intersection({*HEAVY, "prometheus-client", "structlog", "pydantic"})
    assert PROJECT["optional-dependencies"]["client"] == []


def _with_what_they_need(requirements: list[str]) -> set[str]:
    """Names of the distributions and of all they require, without extras."""
    found: set[str] = set()
    waiting = list(requirements)
    while waiting:
        requirement = waiting.pop()
        if "extra ==" in requirement:
            continue
        name = _name(requirement)
        if name in found:
            continue
        try:
            waiting += metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # only on another system
        found.add(name)
    return found


def _name(requirement: str) -> str:
    for index, character in enumerate(requirement):
        if not (character.isalnum() or character in "-_."):
            return requirement[:index].lower()
    return requirement.lower()
