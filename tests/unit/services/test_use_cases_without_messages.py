"""Messages of the contracts are parsed and written at the edge of a service, nowhere else.

A use case is a function over domain values. What may know the generated messages is named after
what it does: a servicer, the conversions beside it, a client of another service, the module that
registers the servicers, and the one that hands a contract to the signing core.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SERVICES = Path(__file__).resolve().parents[3] / "python" / "openjpki" / "services"
MODULES = sorted(SERVICES.rglob("*.py"))
EDGE = ("servicer", "conversions", "_client", "service", "request_key", "status_calls")
MESSAGES = ("openjpki.api", "google.protobuf", "google.rpc")


def imported(path: Path) -> set[str]:
    """Every module that a module imports, also for its types only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SERVICES)))
def test_only_the_edge_knows_messages(path: Path) -> None:
    messages = {one for one in imported(path) if one.startswith(MESSAGES)}
    assert not messages or path.stem.endswith(EDGE), f"speaks of {sorted(messages)}"


def test_there_are_modules_at_the_edge_and_others() -> None:
    at_the_edge = [path for path in MODULES if path.stem.endswith(EDGE)]
    assert 4 <= len(at_the_edge) < len(MODULES) / 2
