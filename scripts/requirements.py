"""The founding report's rows and the tests that show them; `make requirements`.

Reads docs/requirements.md and the marks in tests/ without importing anything of either, so that it
needs no environment: Python's standard library does.

A row counts as shown when a test drives its feature: it is marked with the row's id, not marked as
a refusal (``refuses=True``), never skipped whole, and stands where services run for real
(:data:`SHOWING`). Other marked tests are listed beside the row and prove nothing by themselves: a
refusal, or a rule without its service.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "requirements.md"
TESTS = ROOT / "tests"

SHOWING = ("integration", "conformance", "faults", "deploy")
"""Folders of tests/ whose tests run services as their users meet them."""

_ROW = re.compile(r"^\| (?P<id>[PRL][0-9][^ |]*) \| (?P<text>.*?) \| (?P<actor>[^|]*) \|$")
_RANGE = re.compile(r"^(?P<stem>.*\.)(?P<first>\d+)–(?P<last>\d+)$")


@dataclass(frozen=True)
class Mark:
    """A test that is marked with a row."""

    row: str
    test: str
    """``path::name``, relative to the project."""
    shows: bool
    """Whether the row counts as shown by it."""


def read_rows(path: Path = DOCUMENT) -> dict[str, str]:
    """Row id → what the system does; `R1.2.1–9` is read as nine rows."""
    rows: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not (match := _ROW.match(line)):
            continue
        span = _RANGE.match(match["id"])
        ids = (
            [f"{span['stem']}{n}" for n in range(int(span["first"]), int(span["last"]) + 1)]
            if span
            else [match["id"]]
        )
        if again := [row for row in ids if row in rows]:
            raise ValueError(f"{path.name}: {again[0]} stands there twice")
        rows.update(dict.fromkeys(ids, match["text"]))
    return rows


def read_marks(tests: Path = TESTS) -> list[Mark]:
    """All marks, by file. Raises ``ValueError`` for one that can't be read without running it."""
    return [mark for file in sorted(tests.rglob("test_*.py")) for mark in _marks_in(file, tests)]


def shown(marks: list[Mark]) -> set[str]:
    """Ids of the rows that some test shows."""
    return {mark.row for mark in marks if mark.shows}


def check(rows: dict[str, str], marks: list[Mark]) -> None:
    """Raises ``ValueError`` for a mark that names no row: it would silently cover nothing."""
    for mark in marks:
        if mark.row not in rows:
            raise ValueError(f"{mark.test}: there is no row {mark.row} in {DOCUMENT.name}")


def _marks_in(file: Path, tests: Path) -> list[Mark]:
    text = file.read_text(encoding="utf-8")
    if "requirement" not in text:
        return []
    tree = ast.parse(text)
    drives = file.relative_to(tests).parts[0] in SHOWING
    everywhere = [
        mark
        for node in tree.body
        if isinstance(node, ast.Assign) and _names(node.targets) == ["pytestmark"]
        for mark in (node.value.elts if isinstance(node.value, ast.List) else [node.value])
    ]
    functions = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    found = []
    read = set()
    for function in functions:
        marks = [*everywhere, *function.decorator_list]
        skipped = any(_kind(mark) in {"skip", "xfail"} for mark in marks)
        for mark in marks:
            if _kind(mark) != "requirement":
                continue
            read.add(mark)
            ids, refuses = _arguments(mark, file)
            test = f"tests/{file.relative_to(tests)}::{function.name}"
            found += [Mark(row, test, drives and not refuses and not skipped) for row in ids]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _kind(node) == "requirement" and node not in read:
            raise ValueError(f"{file}:{node.lineno}: a mark stands on a test or in pytestmark")
    return found


def _names(targets: list[ast.expr]) -> list[str]:
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _kind(mark: ast.expr) -> str:
    """``requirement`` of ``pytest.mark.requirement(…)``; "" of what is no mark."""
    place = mark.func if isinstance(mark, ast.Call) else mark
    is_mark = (
        isinstance(place, ast.Attribute)
        and isinstance(place.value, ast.Attribute)
        and place.value.attr == "mark"
    )
    return place.attr if is_mark and isinstance(place, ast.Attribute) else ""


def _arguments(mark: ast.expr, file: Path) -> tuple[list[str], bool]:
    where = f"{file}:{mark.lineno}"
    if not isinstance(mark, ast.Call) or not mark.args:
        raise ValueError(f"{where}: a mark names at least one row")
    ids = [argument.value for argument in mark.args if isinstance(argument, ast.Constant)]
    if len(ids) != len(mark.args) or not all(isinstance(row, str) for row in ids):
        raise ValueError(f"{where}: a mark names its rows as they stand in the table")
    refuses = False
    for keyword in mark.keywords:
        if keyword.arg != "refuses" or not isinstance(keyword.value, ast.Constant):
            raise ValueError(f"{where}: a mark takes nothing but refuses=True")
        refuses = keyword.value.value is True
    return [str(row) for row in ids], refuses


def main() -> int:
    """Prints every row with its tests. Status 1 where a mark names no row."""
    rows, marks = read_rows(), read_marks()
    try:
        check(rows, marks)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    showing = shown(marks)
    for row, text in rows.items():
        print(f"{row:<10} {'shown' if row in showing else '-':<6} {text}")  # noqa: T201
        for mark in marks:
            if mark.row == row:
                print(f"{'':<18}{mark.test}{'' if mark.shows else '  (beside)'}")  # noqa: T201
    print(f"\n{len(showing)} of {len(rows)} rows are shown by tests")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
