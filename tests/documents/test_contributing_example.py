"""The worked example of CONTRIBUTING.md, done to a copy of the tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEADING = "## Add one RPC"

STAMPS = (".runtime", ".development")
"""Written last by the Makefile's rules for the environment, the second after the first."""

_NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", "build", "target", "node_modules", "__pycache__", ".*_cache", ".hypothesis"
)
_BLOCK = re.compile(
    r"^(?:A new file, `(?P<new>[^`]+)`|At the end of `(?P<end>[^`]+)`"
    r"|In `(?P<inside>[^`]+)`, (?P<how>below|instead of) `(?P<line>[^`]+)`):\n\n"
    r"```(?:proto|python)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """What the section says to write and to run."""

    blocks: list[re.Match[str]]
    commands: list[str]


def read_example() -> Example:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = text.split(HEADING, 1)[1].split("\n## ", 1)[0]
    (commands,) = _COMMANDS.findall(section)
    return Example(list(_BLOCK.finditer(section)), commands.splitlines())


def apply(block: re.Match[str], tree: Path) -> None:
    """Write one block where its sentence says."""
    if block["new"]:
        path = tree / block["new"]
        assert not path.exists()
        path.write_text(block["text"], "utf-8")
        return
    path = tree / (block["end"] or block["inside"])
    text = path.read_text("utf-8")
    if block["end"]:
        path.write_text(text + block["text"], "utf-8")
        return
    lines = text.splitlines(keepends=True)
    (place,) = [n for n, line in enumerate(lines) if line.rstrip("\n") == block["line"]]
    kept = place + 1 if block["how"] == "below" else place
    lines[kept : place + 1] = [block["text"]]
    path.write_text("".join(lines), "utf-8")


def test_every_block_of_the_example_has_a_sentence_that_places_it() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = text.split(HEADING, 1)[1].split("\n## ", 1)[0]
    example = read_example()
    assert len(example.blocks) + 1 == section.count("\n```") // 2
    assert len(example.blocks) > 5


def _installed() -> dict[str, str]:
    """From where modules of the tree are taken by everybody who uses its environment."""
    return {path.name: path.read_text("utf-8") for path in (ROOT / ".venv").rglob("openjpki*.pth")}


def share_environment(folder: Path) -> None:
    """What is installed for the tree that was copied, marked as up to date: else, where it is not,
    the example's `make` would install the copy in the place of that tree, for everybody."""
    folder.mkdir()
    for one in (ROOT / ".venv").iterdir():
        if one.name not in STAMPS:
            (folder / one.name).symlink_to(one)
    for stamp in STAMPS:
        (folder / stamp).touch()


@pytest.mark.timeout(600)
def test_the_example_works_as_written(tmp_path: Path) -> None:
    tree = tmp_path / "openjpki"
    shutil.copytree(ROOT, tree, ignore=_NOT_COPIED, symlinks=True)
    share_environment(tree / ".venv")
    installed = _installed()
    example = read_example()
    for block in example.blocks:
        apply(block, tree)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        # Before the environment's own path, which leads to the tree that was copied.
        "PYTHONPATH": str(tree / "python"),
    }
    for command in example.commands:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tree,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert installed == _installed()
    assert "CountCertificates" in (tree / "python/openjpki/api/ca/v1/ca_pb2_grpc.py").read_text(
        "utf-8"
    )
