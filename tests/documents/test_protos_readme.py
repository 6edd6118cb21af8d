"""protos/README.md says what the contracts say, and its commands work."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from openjpki.api.types.v1 import authorization_pb2
from tests.support.contracts import PACKAGES, services

ROOT = Path(__file__).parents[2]
README = (ROOT / "protos/README.md").read_text()
HERE = ROOT / "protos"

_SERVED_BY = {"officers": ", of ca and of the bridge", "mesh": ", of every service"}
"""What several services serve."""


def _rows(heading: str) -> list[list[str]]:
    """The cells of the table below a header row, without back quotes."""
    lines = README.split(f"\n| {heading} |", 1)[1].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().replace("`", "") for cell in line.strip("|").split("|")])
    return rows


def test_the_table_of_services_is_the_contracts() -> None:
    expected = []
    for package in PACKAGES:
        for service in services(package):
            roles = {
                grant.role
                for method in service.methods
                for grant in method.GetOptions().Extensions[authorization_pb2.authorization].grants
            }
            names = [authorization_pb2.Role.Name(role) for role in sorted(roles)]
            callers = [name.removeprefix("ROLE_").lower().replace("_", "-") for name in names]
            name = f"{service.name}{_SERVED_BY.get(package, '')}"
            expected.append([service.file.package, name, ", ".join(callers)])
    assert _rows("package | service | who may call") == expected


def test_every_file_of_types_is_in_the_table() -> None:
    named = [row[0] for row in _rows("file in `openjpki/api/types/v1/` | what")]
    assert named == sorted(path.name for path in (HERE / "openjpki/api/types/v1").glob("*.proto"))


def test_every_client_has_its_quickstart() -> None:
    linked = set(re.findall(r"\.\./clients/(\w+)/README\.md", README))
    assert linked == {path.name for path in (ROOT / "clients").iterdir() if path.is_dir()}
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", README):
        assert (HERE / link).exists(), link


def test_protoc_alone_compiles_them(tmp_path: Path) -> None:
    (command,) = re.findall(r"```sh\nprotoc (.*?)```", README, re.DOTALL)
    words = command.replace("\\\n", " ").split()
    output = tmp_path / "contracts.binpb"
    words = [
        f"--descriptor_set_out={output}" if word.startswith("--descriptor_set_out") else word
        for word in words
    ]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *words], cwd=ROOT, check=True)
    assert output.stat().st_size > 0
