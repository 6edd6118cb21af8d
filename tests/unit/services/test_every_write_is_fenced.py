"""Nothing of an authority is written but through the fence (docs/leases.md).

A service's context has its database to read from. Whatever else is done with it stands here, with
the reason why it is no write of an authority's.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

import openjpki.services

SERVICES = Path(openjpki.services.__file__).parent

ELSEWHERE = {
    "ca": {
        # Reads its settings, how many connections among them, makes the fence of it, closes it, has
        # it read how far the feeds have come, and other instances told that somebody was revoked;
        # and the deny list is the service's, not an authority's.
        "service.py": 9,
        # Drops old answers, which are no authority's; reads the journal to find what is due, and
        # keeps the streams that are no authority's; moves on the time that all of them end by.
        "jobs.py": 4,
        # The register of officers is the service's, not an authority's.
        "officers_register.py": 1,
        # Holds one connection for all that an issuance does, through the fence too.
        "issuance/steps.py": 1,
        # Reads the time that surely passed, which is the database's.
        "responders/lapses.py": 1,
        "revocation/ex_officio_lapses.py": 1,
        # Asks whether it has channels, and makes one after the other, which have no rows.
        "status/other_instances.py": 3,
    },
    "bridge": {
        "service.py": 5,
        "jobs.py": 4,
        "officers_register.py": 1,
    },
}


def uses(file: Path) -> int:
    """How often a module uses a database for anything but beginning to read."""
    tree = ast.parse(file.read_text("utf-8"))
    reads = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"reading", "ask"}
    }
    return sum(
        isinstance(node, ast.Attribute)
        and node.attr in {"database", "_database"}
        and isinstance(node.ctx, ast.Load)
        and id(node) not in reads
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize("service", ELSEWHERE)
def test_the_database_is_used_to_read_and_in_named_places(service: str) -> None:
    folder = SERVICES / service
    found = Counter({str(file.relative_to(folder)): uses(file) for file in folder.rglob("*.py")})
    assert +found == Counter(ELSEWHERE[service])


def test_a_write_round_the_fence_would_be_noticed(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    for line in (
        "ca.database.run(work)",
        "with ca.database.transaction() as tx: pass",
        "ca.requests.once(ca.database, key, at, work)",
        "run = ca.database.run",
    ):
        module.write_text(line)
        assert uses(module) == 1, line
    module.write_text("with ca.database.reading() as tx: pass")
    assert uses(module) == 0
