"""Every act that a service declares is written by it, and a test says when."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from openjpki.storage.kernel.acts import Act

ROOT = Path(__file__).resolve().parents[4]
SERVICES = ROOT / "python" / "openjpki" / "services"
DECLARING = ["ca.journal", "registration.journal", "ocsp.journal", "bridge.journal"]
DECLARING += ["common.journal_keeping", "common.journal_time", "common.officers_journal"]
DECLARING += ["common.denying"]


def declared() -> dict[str, list[Act]]:
    """Acts by the name they have in the code, with the module in front."""
    found = {}
    for module in DECLARING:
        for name, value in vars(import_module(f"openjpki.services.{module}")).items():
            acts = list(value.values()) if isinstance(value, dict) else [value]
            if name.isupper() and acts and all(isinstance(act, Act) for act in acts):
                found[f"{module}.{name}"] = acts
    return found


def source(*folders: Path) -> str:
    return "\n".join(
        path.read_text("utf-8")
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
        if path != Path(__file__)
    )


@pytest.mark.parametrize("name", declared())
def test_an_act_is_written(name: str) -> None:
    service, module, constant = name.split(".")
    uses = re.findall(rf"\b{constant}\b", source(SERVICES / service))
    # Once where it is declared, and once where another module imports it.
    assert len(uses) > (2 if module == "journal" else 1)


@pytest.mark.parametrize("name", sorted({act.name for acts in declared().values() for act in acts}))
def test_a_test_tells_when_an_act_is_written(name: str) -> None:
    tests = ROOT / "tests"
    places = source(*(tests / folder for folder in ("integration", "faults", "contract")))
    assert f'"{name}"' in places


def test_acts_are_declared_in_one_module_of_each_service() -> None:
    elsewhere = [
        str(path.relative_to(SERVICES))
        for path in SERVICES.rglob("*.py")
        if re.search(r"\bAct\(", path.read_text("utf-8"))
    ]
    assert sorted(elsewhere) == sorted(f"{name.replace('.', '/')}.py" for name in DECLARING)
