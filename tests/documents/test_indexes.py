"""tests/README.md and the module map name every folder, and say what each says of itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts import generate_indexes

TESTS = Path(__file__).resolve().parents[1]
INDEX = (TESTS / "README.md").read_text("utf-8")


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "tests/README.md"])
def test_the_indexes_are_current(document: str) -> None:
    path = generate_indexes.ROOT / document
    assert path.read_text("utf-8") == generate_indexes.current()[path], (
        "run python scripts/generate_indexes.py"
    )


def test_a_module_that_says_nothing_of_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text("A = 1\n", "utf-8")
    with pytest.raises(ValueError, match="has no docstring"):
        generate_indexes.first_line(tmp_path / "silent.py")


def test_every_folder_of_the_tests_is_listed() -> None:
    folders = {path.parent.relative_to(TESTS).parts[0] for path in TESTS.glob("*/**/*.py")}
    listed = re.findall(r"^\| `(\w+)/` \|", INDEX, re.MULTILINE)
    assert set(listed) | {"bench"} == folders


def test_what_several_folders_use_is_in_support() -> None:
    tests = {path: path.read_text("utf-8") for path in TESTS.rglob("*.py")}
    helpers = [
        path.relative_to(TESTS)
        for path in tests
        if not path.name.startswith("test_")
        and path.name != "conftest.py"
        and path.relative_to(TESTS).parts[0] != "support"
    ]
    assert helpers
    used_elsewhere = [
        f"{helper} is used by {path.relative_to(TESTS)}"
        for helper in helpers
        for path, text in tests.items()
        if not path.is_relative_to(TESTS / helper.parts[0])
        and re.search(rf"\btests\.{'.'.join(helper.with_suffix('').parts)}\b", text)
    ]
    assert not used_elsewhere, "belongs in tests/support"
