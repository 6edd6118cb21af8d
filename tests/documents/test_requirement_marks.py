"""`make requirements`: what counts as shown, and what is no mark at all."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from scripts.requirements import ROOT, check, read_marks, read_rows, shown

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "import pytest\n"


def _marks(tests: Path, file: str, text: str) -> set[str]:
    path = tests / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + text, encoding="utf-8")
    return shown(read_marks(tests))


@pytest.mark.parametrize("folder", ["integration/ca", "conformance", "faults/ocsp"])
def test_a_test_that_drives_the_feature_shows_the_row(tmp_path: Path, folder: str) -> None:
    text = '@pytest.mark.requirement("R1", "R2")\ndef test_it() -> None: ...\n'
    assert _marks(tmp_path, f"{folder}/test_a.py", text) == {"R1", "R2"}


def test_a_mark_for_the_whole_file_is_one_for_each_test(tmp_path: Path) -> None:
    text = 'pytestmark = pytest.mark.requirement("R1")\ndef test_it() -> None: ...\n'
    assert _marks(tmp_path, "integration/test_a.py", text) == {"R1"}


@pytest.mark.parametrize(
    ("file", "decorators"),
    [
        ("integration/test_a.py", '@pytest.mark.requirement("R1", refuses=True)\n'),
        ("unit/domain/test_a.py", '@pytest.mark.requirement("R1")\n'),
        ("contract/storage/test_a.py", '@pytest.mark.requirement("R1")\n'),
        ("integration/test_a.py", '@pytest.mark.skip\n@pytest.mark.requirement("R1")\n'),
        (
            "integration/test_a.py",
            '@pytest.mark.xfail(reason="")\n@pytest.mark.requirement("R1")\n',
        ),
    ],
)
def test_a_refusal_a_part_or_what_never_runs_shows_nothing(
    tmp_path: Path, file: str, decorators: str
) -> None:
    assert _marks(tmp_path, file, decorators + "def test_it() -> None: ...\n") == set()
    assert read_marks(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "@pytest.mark.requirement()\ndef test_it() -> None: ...\n",
        "@pytest.mark.requirement\ndef test_it() -> None: ...\n",
        "@pytest.mark.requirement(ROW)\ndef test_it() -> None: ...\n",
        '@pytest.mark.requirement("R1", shows=True)\ndef test_it() -> None: ...\n',
        'CASES = [pytest.param(1, marks=pytest.mark.requirement("R1"))]\n',
        '@pytest.mark.requirement("R1")\ndef helper() -> None: ...\n',
    ],
)
def test_a_mark_that_could_be_overlooked_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="a mark "):
        _marks(tmp_path, "integration/test_a.py", text)


def test_a_mark_without_a_row_is_refused(tmp_path: Path) -> None:
    _marks(tmp_path, "unit/test_a.py", '@pytest.mark.requirement("R9.9")\ndef test_it(): ...\n')
    with pytest.raises(ValueError, match=r"test_a\.py::test_it: there is no row R9\.9"):
        check(read_rows(), read_marks(tmp_path))


def test_a_row_stands_once(tmp_path: Path) -> None:
    table = tmp_path / "rows.md"
    table.write_text("| R1.1–2 | one | all |\n| R1.2 | again | all |\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"R1\.2 stands there twice"):
        read_rows(table)


def test_a_fresh_clone_needs_nothing_but_python() -> None:
    """Isolated, without site-packages."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "scripts" / "requirements.py")],
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.stdout.splitlines()[-1].endswith("rows are shown by tests")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "\nrequirements: ##" in makefile, "the target depends on nothing"
