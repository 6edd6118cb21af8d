"""tests/README.md names every folder of tests/ and every module of support/."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
INDEX = (TESTS / "README.md").read_text("utf-8")
SUPPORT = sorted((TESTS / "support").glob("*.py"))


def first_line(module: Path) -> str:
    docstring = ast.get_docstring(ast.parse(module.read_text("utf-8")))
    assert docstring, f"{module.name} has no docstring"
    return docstring.splitlines()[0]


@pytest.mark.parametrize("module", SUPPORT, ids=lambda module: module.name)
def test_every_support_module_is_listed_with_its_first_line(module: Path) -> None:
    assert f"| `{module.name}` | {first_line(module)} |" in INDEX.splitlines()


def test_no_support_module_is_listed_that_is_gone() -> None:
    listed = re.findall(r"^\| `(\w+\.py)` \|", INDEX, re.MULTILINE)
    assert listed == [module.name for module in SUPPORT]


def test_every_folder_of_the_tests_is_listed() -> None:
    folders = {path.parent.relative_to(TESTS).parts[0] for path in TESTS.glob("*/**/*.py")}
    listed = re.findall(r"^\| `(\w+)/` \|", INDEX, re.MULTILINE)
    assert set(listed) | {"bench"} == folders


def test_what_is_no_test_is_in_support_or_named() -> None:
    elsewhere = [
        path.relative_to(TESTS)
        for path in TESTS.rglob("*.py")
        if not path.name.startswith("test_")
        and path.name != "conftest.py"
        and path.relative_to(TESTS).parts[0] != "support"
    ]
    unnamed = [
        str(path)
        for path in elsewhere
        if f"`{path}`" not in INDEX and f"`{path.parent}/`" not in INDEX
    ]
    assert not unnamed, "belongs in tests/support"
