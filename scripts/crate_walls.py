"""Hold the signing core's crates to their walls: who may use whom, and who may do what.

``make lint`` runs it. Exit code 1 names every breach. What each crate is for is in its ``lib.rs``
and in docs/signing-core.md.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WORKSPACE = Path(__file__).resolve().parents[1] / "signer_core"

# Each crate, and the others of the workspace that it may use: lower ones only.
MAY_USE: dict[str, set[str]] = {
    "key_rule": set(),
    "rsa_lanes": set(),
    "threads": set(),
    "formats": {"key_rule", "threads"},
    "status": {"formats"},
    "keys": {"formats", "rsa_lanes", "threads"},
    "path": {"key_rule", "rsa_lanes", "threads"},
    "dataplane": {"formats", "keys", "path", "status"},
    "python": {"dataplane", "formats", "keys", "path", "status", "threads"},
}
# Of the crates from elsewhere, those that belong behind one wall.
ONLY_IN = {
    "pyo3": "python",
    "cryptoki": "keys",
    "pkcs8": "keys",
    "crypto-bigint": "rsa_lanes",
    "asn1": "path",
    "hyper": "dataplane",
    "rustls": "dataplane",
    "tokio": "dataplane",
}
# The crate that may hold `unsafe`, and where.
UNSAFE_CRATE, UNSAFE_FOLDER = "rsa_lanes", "src/ifma/"

_FORBIDS = "#![forbid(unsafe_code)]"
_ALLOWS = re.compile(r"\ballow\s*\(\s*unsafe_code")


def breaches(packages: list[dict[str, Any]], sources: Mapping[str, str]) -> Iterator[str]:
    """Say what is wrong, a line each.

    ``packages`` is what ``cargo metadata`` tells of the workspace; ``sources`` is the text of
    every ``.rs`` file and ``Cargo.toml``, by its path inside the workspace.
    """
    for package in packages:
        crate = package["name"]
        if crate not in MAY_USE:
            yield f"{crate}: scripts/crate_walls.py does not say what it may use"
            continue
        for dependency in package["dependencies"]:
            # Tests may use what judges them.
            if dependency["kind"] == "dev" and dependency["name"] not in MAY_USE:
                continue
            yield from _dependency(crate, dependency["name"])
        if "[lints]\nworkspace = true" not in sources[f"{crate}/Cargo.toml"]:
            yield f"{crate}: Cargo.toml does not take the workspace's lints"
        if crate != UNSAFE_CRATE and _FORBIDS not in sources[f"{crate}/src/lib.rs"]:
            yield f"{crate}: lib.rs does not forbid unsafe code"
    for path, text in sorted(sources.items()):
        if _ALLOWS.search(text) and not path.startswith(f"{UNSAFE_CRATE}/{UNSAFE_FOLDER}"):
            yield f"{path}: allows unsafe code"


def _dependency(crate: str, name: str) -> Iterator[str]:
    if name in MAY_USE and name not in MAY_USE[crate]:
        yield f"{crate}: must not use {name}"
    if ONLY_IN.get(name, crate) != crate:
        yield f"{crate}: {name} belongs in {ONLY_IN[name]}"


def workspace() -> tuple[list[dict[str, Any]], dict[str, str]]:
    """What `breaches` looks at, of the workspace as it stands."""
    command = ["cargo", "metadata", "--no-deps", "--locked", "--offline", "--format-version", "1"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=WORKSPACE)  # noqa: S603
    packages = json.loads(done.stdout)["packages"]
    sources = {
        path.relative_to(WORKSPACE).as_posix(): path.read_text()
        for package in packages
        for path in Path(package["manifest_path"]).parent.rglob("*")
        if path.suffix == ".rs" or path.name == "Cargo.toml"
    }
    return packages, sources


def main() -> int:
    """0 when every wall stands, 1 otherwise."""
    found = list(breaches(*workspace()))
    sys.stdout.write("".join(f"{breach}\n" for breach in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
