"""`--requirements`: prints each row of docs/requirements.md with the tests that carry its id."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = Path(__file__).resolve().parents[2] / "docs" / "requirements.md"
ROW = re.compile(r"^\| (?P<id>[PRL][0-9][^ |]*) \| (?P<text>.*?) \| (?P<actor>[^|]*) \|$")
RANGE = re.compile(r"^(?P<stem>.*\.)(?P<first>\d+)–(?P<last>\d+)$")


def read_rows(path: Path = ROWS) -> dict[str, str]:
    """Row id → what the system does; `R1.2.1–9` is read as nine rows."""
    rows: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not (match := ROW.match(line)):
            continue
        span = RANGE.match(match["id"])
        ids = (
            [f"{span['stem']}{n}" for n in range(int(span["first"]), int(span["last"]) + 1)]
            if span
            else [match["id"]]
        )
        rows.update(dict.fromkeys(ids, match["text"]))
    return rows


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--requirements",
        action="store_true",
        help="print the report's rows with the tests that show them, and run nothing",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuses a marker that names no row: a typing error would silently cover nothing."""
    rows = read_rows()
    for item in items:
        for marker in item.iter_markers("requirement"):
            unknown = [row for row in marker.args if row not in rows]
            if unknown:
                message = f"{item.nodeid}: no such row in {ROWS.name}: {', '.join(unknown)}"
                raise pytest.UsageError(message)


def tests_by_row(items: Sequence[pytest.Item]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for item in items:
        name = item.nodeid.split("[")[0]
        for marker in item.iter_markers("requirement"):
            for row in marker.args:
                if name not in found[row]:
                    found[row].append(name)
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    if not session.config.getoption("--requirements"):
        return None
    found = tests_by_row(session.items)
    rows = read_rows()
    for row, text in rows.items():
        print(f"{row:<10} {'shown' if row in found else '-':<6} {text}")  # noqa: T201
        for name in found.get(row, []):
            print(f"{'':<18}{name}")  # noqa: T201
    print(f"\n{len(found)} of {len(rows)} rows are shown by tests")  # noqa: T201
    return True
